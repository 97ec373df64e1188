// Package script writes a catalogue as the SQL that makes it (Dump), and what must be
// run to turn one catalogue into another (Diff). Statements come in an order in which
// they can be run: what others stand on first.
package script
