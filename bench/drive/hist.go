package drive

import (
	"math/bits"
	"time"
)

// Hist counts latencies in buckets that are at most 1.6 % wide, from a microsecond to
// an hour, as HDR histograms do: 64 buckets to each doubling.
type Hist struct {
	counts [64 * 28]int64
	n      int64
	max    time.Duration
}

func bucket(us int64) int {
	if us < 64 {
		return int(max(us, 0))
	}
	shift := bits.Len64(uint64(us)) - 7
	return min(64*(shift+1)+int(us>>shift)-64, 64*28-1)
}

// floor is the smallest value of a bucket, in microseconds.
func floor(i int) int64 {
	if i < 64 {
		return int64(i)
	}
	return int64(64+i%64) << (i/64 - 1)
}

// Add counts one latency.
func (h *Hist) Add(d time.Duration) {
	h.counts[bucket(d.Microseconds())]++
	h.n++
	h.max = max(h.max, d)
}

// Merge adds what another one counted.
func (h *Hist) Merge(o *Hist) {
	for i, c := range o.counts {
		h.counts[i] += c
	}
	h.n += o.n
	h.max = max(h.max, o.max)
}

// Count returns how many latencies were counted.
func (h *Hist) Count() int64 { return h.n }

// Max returns the greatest.
func (h *Hist) Max() time.Duration { return h.max }

// Quantile returns the latency that a share q of all does not exceed.
func (h *Hist) Quantile(q float64) time.Duration {
	rank := int64(q*float64(h.n)) + 1
	for i, c := range h.counts {
		if rank -= c; rank <= 0 {
			return time.Duration(floor(i)) * time.Microsecond
		}
	}
	return h.max
}
