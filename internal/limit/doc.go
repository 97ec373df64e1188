// Package limit bounds how often somebody may ask. A bound is a burst that refills
// evenly over its window (GCRA: one number for each key, no buckets to fill). Counts live
// in this process, in shards of bounded memory; nodes of a cluster tell each other what
// was taken (package spread), and what must be exact across them is counted in the
// database (package exact; codes, letters and messages by their rooms).
//
// It also finds out a client's address behind proxies (Origin), and says in the standard
// RateLimit headers what is left (Told). It knows no route and no room: its callers name
// what is counted. A Limiter is safe for concurrent use.
//
//	l := limit.New()
//	if left := l.Spend(l.Addr("data", ip), bound, time.Now()); left.Wait > 0 { … }
package limit
