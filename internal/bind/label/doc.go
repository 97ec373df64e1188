// Package label names things for people: the name of an output column that was given
// none, as Postgres chooses it, and how far a misspelt name is from another.
package label
