package drive

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Load is what a run sends.
type Load struct {
	Addr  string
	Conns int
	For   time.Duration
	// Rate is requests a second of the open loop; 0 is the closed loop.
	Rate float64
	// Request makes the n-th request.
	Request func(n int) Request
	// Check judges its answer. Each answer's status is judged, and every 50th answer
	// in full.
	Check func(n int, a Answer, full bool) error
}

// Result of a run.
type Result struct {
	Took   time.Duration
	Times  Hist  // of the answers that Check took
	Failed int64 // answers that Check refused, and broken connections
	Unsent int64 // due, but not sent before the end
	Err    error // one of the failures
	Bytes  int   // of the last answer's body
}

// Run drives one server until the time is over.
func Run(ctx context.Context, l Load) Result {
	r := &runner{Load: l, begin: time.Now()}
	r.end = r.begin.Add(l.For)
	r.grace = r.end
	if l.Rate > 0 {
		r.due = int64(l.Rate * l.For.Seconds())
		r.grace = r.end.Add(l.For / 2)
	}
	var wg sync.WaitGroup
	for range l.Conns {
		wg.Go(func() { r.work(ctx) })
	}
	wg.Wait()
	r.total.Took = time.Since(r.begin)
	if l.Rate > 0 {
		r.total.Unsent = max(0, r.due-r.total.Times.Count()-r.total.Failed)
	}
	return r.total
}

type runner struct {
	Load
	begin, end, grace time.Time
	due               int64
	next              atomic.Int64

	mu    sync.Mutex
	total Result
}

// work is one connection.
func (r *runner) work(ctx context.Context) {
	var own Result
	c := &Conn{addr: r.Addr}
	defer c.Close()
	for ctx.Err() == nil {
		n := r.next.Add(1) - 1
		at := time.Now()
		if r.Rate > 0 {
			if n >= r.due || at.After(r.grace) {
				break
			}
			at = r.begin.Add(time.Duration(float64(n) / r.Rate * float64(time.Second)))
			time.Sleep(time.Until(at))
		} else if at.After(r.end) {
			break
		}
		req := r.Request(int(n))
		a, err := c.Do(&req)
		took := time.Since(at)
		if err == nil {
			own.Bytes = len(a.Body)
			err = r.Check(int(n), a, n%50 == 0)
		}
		if err != nil {
			own.Failed++
			own.Err = err
			continue
		}
		own.Times.Add(took)
	}
	r.add(&own)
}

func (r *runner) add(own *Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total.Times.Merge(&own.Times)
	r.total.Failed += own.Failed
	if own.Err != nil {
		r.total.Err = own.Err
	}
	r.total.Bytes = max(r.total.Bytes, own.Bytes)
}
