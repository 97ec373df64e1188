// Package past keeps the latest changes in memory, for clients that come back, within
// bounds; what is older is in the change log. A Past is for one goroutine at a time;
// package realtime alone uses it, under its index's lock.
package past
