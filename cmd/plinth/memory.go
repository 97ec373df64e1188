package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// headroom is memory that the collector of garbage counts and nobody touches, so that it
// costs addresses alone: the next collection begins when the heap has grown by this much
// and its own size. A small heap is collected less often for it, a large one as ever.
const headroom = 16 << 20

// A server that has come to rest gives back what its last work left behind: what it
// allocates is below quiet for as long as settled, and since the last time it was worth a
// collection.
const (
	quiet   = 1 << 20 // bytes a second
	worth   = 4 << 20 // bytes, or a quarter of what lives
	settled = 2       // seconds
	seldom  = 5       // seconds between two times at least
)

// spare keeps the headroom and gives memory back until ctx ends.
func spare(ctx context.Context) {
	ballast := make([]byte, headroom)
	defer runtime.KeepAlive(ballast)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	r := rest{since: seldom}
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"}}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if metrics.Read(sample); r.second(sample[0].Value.Uint64(), sample[1].Value.Uint64()) {
			debug.FreeOSMemory()
		}
	}
}

// rest tells when a server has come to rest.
type rest struct {
	last, freed uint64 // bytes that were ever allocated, a second ago and when memory was given back
	calm, since int    // seconds
}

// second is told once a second how much was ever allocated and how much of it lives; true
// says that memory should be given back.
func (r *rest) second(allocated, live uint64) bool {
	r.since++
	r.calm++
	if allocated-r.last > quiet {
		r.calm = 0
	}
	r.last = allocated
	if r.calm < settled || r.since < seldom || allocated-r.freed < max(worth, live/4) {
		return false
	}
	r.freed, r.since = allocated, 0
	return true
}
