// Package tree is the typed tree that package bind makes: expressions, queries and
// writes whose names are resolved and whose casts are explicit, with the walker and
// the rewriter over them. It knows nothing of syntax; users say bind.Expr and so on.
package tree
