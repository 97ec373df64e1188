// Package plan prints bound, secured queries as SQLite SQL.
//
// Every subexpression that depends on the request alone is a slot: it is evaluated
// in Go, once, with Postgres' semantics, and bound as a parameter. Boolean slots in
// logical places are folded by their value instead, so a plan has variants, one for
// each combination of those values that was met. Expressions whose meaning SQLite
// shares are printed bare, so that indexes serve them; all else calls functions of
// package fn.
//
// A condition that may raise is guarded by the policies of the tables that it reads,
// since SQLite decides conditions in any order.
//
// A Plan is immutable but for its cache of variants and safe for concurrent use.
//
//	p, err := plan.Query(cfg, q)            // once
//	run, err := p.Prepare(ec)               // per request: no parsing, no printing
//	set.Ensure(run.Needs); state.Raised = run.Raised
package plan
