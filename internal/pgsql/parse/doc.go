// Package parse reads SQL into trees by recursive descent, with the precedence and
// the messages of PostgreSQL. It is reached through package pgsql.
package parse
