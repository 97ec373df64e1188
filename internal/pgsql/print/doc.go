// Package print writes trees as canonical SQL: lower case, names quoted only where
// they must be, parentheses only where they are needed.
package print
