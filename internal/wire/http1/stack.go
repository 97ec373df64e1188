package http1

// deepen makes the goroutine's stack as large as most requests need, at once and while there
// is little on it to move. Whoever waits gives up what he does not use of his stack with every
// collection of garbage; to double it time and again under a handler, with all its frames,
// costs as much as a fifth of a read of one row.
//
//go:noinline
func deepen(text string) byte {
	if text == "" {
		return 0
	}
	var frame [12 << 10]byte // no byte of it is touched where there is no text
	return frame[copy(frame[1:], text)]
}
