// Package history holds what clients of a cluster did and saw, and says whether the
// cluster kept its promises: Check compares it with what the database has in the end.
//
// It is pure, and knows nothing of the servers. Its own test plants each fault that it
// must find.
package history
