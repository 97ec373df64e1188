// Package advise reads a catalogue and says what a schema should do better: what lets
// strangers in, what makes a policy slow, and what will lock or scan a table that has
// grown. Each finding comes with the SQL that mends it, where SQL can.
package advise
