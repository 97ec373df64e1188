// Package console runs SQL statements that a person types, as one role with its
// claims, and prints what they give as a table, JSON or CSV.
package console
