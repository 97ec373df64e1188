package metric

import (
	"sync/atomic"
	"time"
)

// Bounds are the upper bounds of a Histogram's buckets in nanoseconds: from half a
// millisecond, which a read takes, to ten seconds, which nothing should.
var bounds = [...]int64{
	250e3, 500e3, 1e6, 2500e3, 5e6, 10e6, 25e6, 50e6, 100e6, 250e6, 500e6, 1e9, 2500e6, 5e9, 10e9,
}

// Histogram counts how long something took. The zero value is ready.
type Histogram struct {
	buckets [len(bounds) + 1]atomic.Uint64
	sum     atomic.Int64
}

// Observe counts one.
func (h *Histogram) Observe(d time.Duration) {
	i := 0
	for i < len(bounds) && int64(d) > bounds[i] {
		i++
	}
	h.buckets[i].Add(1)
	h.sum.Add(int64(d))
}

// Count returns how many were observed.
func (h *Histogram) Count() (n uint64) {
	for i := range h.buckets {
		n += h.buckets[i].Load()
	}
	return n
}

// sizes are the upper bounds of a Sizes' buckets.
var sizes = [...]int64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}

// Sizes counts how many things came together, such as the writes of a transaction. The
// zero value is ready.
type Sizes struct {
	buckets [len(sizes) + 1]atomic.Uint64
	sum     atomic.Int64
}

// Observe counts one group of n.
func (s *Sizes) Observe(n int) {
	i := 0
	for i < len(sizes) && int64(n) > sizes[i] {
		i++
	}
	s.buckets[i].Add(1)
	s.sum.Add(int64(n))
}
