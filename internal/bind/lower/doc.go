// Package lower says in simpler SQL what SQL has a word of its own for, on the parser's
// trees, before names are resolved: windows that copy others, ranks of a row that is
// not there.
package lower
