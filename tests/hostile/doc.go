// Package hostile holds requests that want to break a server: each is a line in a
// table with the answer that it must get. No answer may be a 500 or hold a row that
// its caller can't see.
package hostile
