// Package roster keeps rows of tables that policies read, such as who is a member of
// what, as of the feed's position: a row that lets somebody in counts for the very next
// change.
//
// Rows are held in slices, all those whose key columns have some values. A slice is
// loaded from the database when it is first asked for, and from then on follows the
// feed. It is loaded at or after the feed's position, and what the feed brings again is
// applied again, which by primary key comes to the same; what a server may not yet show
// to a reader although the feed has told it is applied from a short memory. The slices
// that were used least recently go where there are too many rows.
//
// A Roster belongs to one goroutine at a time: realtime's index locks it.
package roster
