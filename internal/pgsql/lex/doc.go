// Package lex divides SQL into tokens by PostgreSQL's rules, and knows its keywords,
// the precedence of its operators, and how names and literals are quoted.
package lex
