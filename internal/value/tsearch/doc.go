// Package tsearch reads and prints the text forms of tsvector and tsquery. Matching and
// stemming are not here.
//
// It knows no types and no datums. All of it is pure.
//
//	s, err := tsearch.CanonicalQuery("a&b") // 'a' & 'b'
package tsearch
