// Package image reads the rows of the change log into changes: those that logical
// replication brought, as texts, and those that triggers wrote, whole rows in binary or
// text form. A shape says which it is, and of which columns; whoever calls has found that
// the table still has it. It is pure; package postgres alone uses it.
package image
