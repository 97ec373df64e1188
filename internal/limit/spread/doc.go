// Package spread lets the nodes of a cluster count together: each tells the others over
// the bus, ten times a second, what was taken at it, and counts what they tell.
//
// So a bound is one for all nodes but for what the others took within the last tenth of
// a second or so. What was taken too much in that time is not forgotten: the key waits
// that much longer, and over a longer time nobody gets more than the rate. While the bus
// is cut each side counts alone. Where a count must be exact, package exact counts in the
// database.
//
//	l := limit.NewKeyed(secret)
//	s, err := spread.New(b, l, log)
//	defer s.Close()
package spread
