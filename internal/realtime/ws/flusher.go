package ws

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	batchBytes = 64 << 10              // of one write
	rest       = 4                     // a worker writes for a quarter of the time at most …
	maxPause   = 20 * time.Millisecond // … unless frames would wait longer than this
	share      = 16                    // connections in a row that have one worker
	minPause   = 2 * time.Millisecond  // a busy worker's: few connections are no reason for a write each frame
)

// Flusher writes the queues of many connections. While it writes to some, others gather
// frames, which then go out in one write: the more there is to do, the fewer writes a
// frame costs. After a silence a frame leaves at once.
//
// It never waits for a client: what a socket does not take is left to a goroutine of
// the connection's own.
type Flusher struct {
	workers []*worker
	turn    atomic.Uint32
	work    sync.WaitGroup

	frames, writes, slow atomic.Uint64
}

// worker serves some of the connections.
type worker struct {
	of   *Flusher
	wake chan struct{} // there is work, or the end
	late *time.Timer   // the same, when its rest is over

	mu   sync.Mutex
	todo []*Conn
	busy bool      // it writes
	free time.Time // it rests until then
	stop bool

	batch [][]byte // memory for one
	buf   []byte   // likewise
	*pen
}

// NewFlusher starts a worker for each core.
func NewFlusher() *Flusher {
	f := &Flusher{}
	for range runtime.GOMAXPROCS(0) {
		w := &worker{of: f, pen: newPen(), wake: make(chan struct{}, 1), late: time.NewTimer(maxPause)}
		w.late.Stop()
		f.workers = append(f.workers, w)
		f.work.Go(w.run)
	}
	return f
}

// Stop ends the workers. Connections write for themselves from then on.
func (f *Flusher) Stop() {
	for _, w := range f.workers {
		w.mu.Lock()
		w.stop = true
		w.mu.Unlock()
		w.call()
	}
	f.work.Wait()
}

// Counts is what a Flusher has done.
type Counts struct {
	Frames, Writes uint64
	Slow           uint64 // connections closed because they took too little
}

// Counts returns what was done so far.
func (f *Flusher) Counts() Counts {
	return Counts{Frames: f.frames.Load(), Writes: f.writes.Load(), Slow: f.slow.Load()}
}

// assign gives a connection its worker: a few share one, so that a message to a few wakes
// one worker and not all.
func (f *Flusher) assign() *worker {
	return f.workers[(f.turn.Add(1)-1)/share%uint32(len(f.workers))]
}

// add puts a connection on the list; false says that the worker has ended.
func (w *worker) add(c *Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stop {
		return false
	}
	if w.todo = append(w.todo, c); len(w.todo) == 1 && !w.busy {
		w.begin()
	}
	return true
}

// begin has the worker write, when its rest is over. That it is wakes nobody where there is
// nothing to write. The lock is held.
func (w *worker) begin() {
	if rests := time.Until(w.free); rests > 0 {
		w.late.Reset(rests)
	} else {
		w.call()
	}
}

func (w *worker) call() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *worker) run() {
	defer w.late.Stop()
	var list []*Conn
	for ended := false; !ended; {
		select {
		case <-w.wake:
		case <-w.late.C:
		}
		list, ended = w.take(list)
		start := time.Now()
		for i, c := range list {
			w.flush(c)
			list[i] = nil
		}
		w.rest(start)
	}
}

// take returns all the work that there is. used is memory to use again.
func (w *worker) take(used []*Conn) (list []*Conn, last bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy = true
	list, w.todo = w.todo, used[:0]
	return list, w.stop
}

// rest follows a pass that began at start.
func (w *worker) rest(start time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.busy, w.free = false, now.Add(max(min((rest-1)*now.Sub(start), maxPause), minPause))
	if len(w.todo) > 0 {
		w.begin()
	}
}

// flush writes what a connection has queued, as far as it goes without waiting.
func (w *worker) flush(c *Conn) {
	batch, ok := c.batch(w.batch[:0])
	if !ok {
		return
	}
	if len(batch) == 1 && len(batch[0]) <= batchBytes { // as it is
		w.batch = batch
		w.write(c, batch[0], 1)
		batch[0] = nil
		return
	}
	total := 0
	for _, b := range batch {
		total += len(b)
	}
	if total > batchBytes {
		w.batch = nil
		go c.write(batch)
		return
	}
	w.buf, w.batch = w.buf[:0], batch
	for i, b := range batch {
		w.buf = append(w.buf, b...)
		batch[i] = nil
	}
	w.write(c, w.buf, len(batch))
}
