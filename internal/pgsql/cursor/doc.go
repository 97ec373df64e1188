// Package cursor walks over the tokens of a text: looking, taking, failing, and the
// names that every part of the grammar reads.
package cursor
