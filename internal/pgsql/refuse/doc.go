// Package refuse names what PostgreSQL's grammar has and this one has not, so that
// nobody meets it as a bare syntax error: each with the reason and a way out, which
// docs/portable-sql.md repeats.
package refuse
