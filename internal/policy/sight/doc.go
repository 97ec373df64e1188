// Package sight is the third reader of a policy: it compiles what a role may see of a
// table to a predicate over one row, computed in memory with SQL's three-valued logic
// by package eval.
//
// Compile secures "select from the table" as package policy does for a query, and
// takes it apart. What the request alone decides becomes a slot, so that people whose
// slots are equal see the same rows. Each table that the policies read becomes a Read:
// the columns that it needs, and those by which its rows are looked up; whoever uses
// the Plan keeps these rows, and gives them through Rows. Routes name the equalities
// that must hold for a row to be seen, for an index over many people.
//
// What can't be computed like this has a Reason instead, and is asked of the database.
// The package is pure; a Plan is immutable and safe for concurrent use.
package sight
