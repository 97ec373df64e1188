// Package policy decides which row-level-security policies apply to a typed
// statement and puts them into it.
//
// Secure visits every table that a statement reads, at any depth: subqueries,
// CTEs, views, the bodies of SQL functions (which it inlines, a definer's under its
// owner) and the policies themselves. It sets Rel.Filter to what the acting role
// may see. Checks gives the conditions of a write, as PostgreSQL's CREATE POLICY
// page tables them. CheckPrivileges looks at grants.
//
// It is pure: it changes the tree that it is given, and nothing else. A tree must
// not be shared while it is being secured.
package policy
