// Package eval computes typed expressions in memory, with SQL's meaning: three-valued
// logic, strict functions, AND, OR, CASE and COALESCE that stop early, errors that are
// Postgres' own. It serves what the request alone decides, defaults and checks of
// proposed rows, PL/pgSQL, and the predicates of realtime.
//
// It reads no table. Subqueries without tables are run here, and so are simple ones over
// tables whose rows Ctx.Rows gives; others go to Ctx.Sub, calls of user functions to
// Ctx.User. Compile once, run often: a Program is
// immutable and may run concurrently with different contexts.
//
//	v, err := eval.Expr(&eval.Ctx{Env: env, Params: args}, x)
package eval
