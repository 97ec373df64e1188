// Package builtin owns the functions, operators, set-returning functions and
// aggregates that Postgres has built in, and those of the schemas auth, storage,
// realtime and extensions that every project finds there.
//
// Each is a row of a table: name, argument types, result, how it treats NULL, what it
// depends on, whether it may raise, and its implementation in Go over package value.
// The package picks no overload (bind does) and evaluates no expression (eval does).
// What a function depends on besides its arguments stands in Env; nothing here reads a
// clock or does I/O. The tables are built once and never change; everything may be
// called concurrently.
//
//	for _, f := range builtin.Operators("+", 2) {
//		// pick by f.Args, then
//		v, err := f.Call(&builtin.Call{Env: env, Args: f.Args, Ret: f.Ret}, args)
//	}
//
// budget: one table of functions; what stands alone is in the folders below
package builtin
