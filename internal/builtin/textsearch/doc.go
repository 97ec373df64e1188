// Package textsearch makes full-text vectors and queries out of plain text, and
// matches one against the other, as Postgres' default parser and its Snowball
// dictionaries do.
//
// Vectors and queries are those of value/tsearch. The package knows the
// configurations simple, english, french, german, spanish, norwegian, swedish, russian
// and hungarian. All of it is pure and safe for concurrent use.
//
//	v, err := textsearch.Vector("english", "Fat cats") // 'cat':2 'fat':1
package textsearch
