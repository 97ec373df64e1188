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
	mu   sync.Mutex
	wake sync.Cond
	todo []*Conn
	stop bool

	batch [][]byte // memory for one
	buf   []byte   // likewise
	*pen
}

// NewFlusher starts a worker for each core.
func NewFlusher() *Flusher {
	f := &Flusher{}
	for range runtime.GOMAXPROCS(0) {
		w := &worker{of: f, pen: newPen()}
		w.wake.L = &w.mu
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
		w.wake.Signal()
		w.mu.Unlock()
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

// assign gives a connection its worker.
func (f *Flusher) assign() *worker {
	return f.workers[f.turn.Add(1)%uint32(len(f.workers))]
}

// add puts a connection on the list; false says that the worker has ended.
func (w *worker) add(c *Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stop {
		return false
	}
	if w.todo = append(w.todo, c); len(w.todo) == 1 {
		w.wake.Signal()
	}
	return true
}

func (w *worker) run() {
	var list []*Conn
	for {
		list = w.take(list)
		if list == nil {
			return
		}
		start := time.Now()
		for i, c := range list {
			w.flush(c)
			list[i] = nil
		}
		time.Sleep(max(min((rest-1)*time.Since(start), maxPause), minPause))
	}
}

// take waits for work and returns all of it, nil at the end. used is memory to use again.
func (w *worker) take(used []*Conn) []*Conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.todo) == 0 && !w.stop {
		w.wake.Wait()
	}
	list := w.todo
	if len(list) == 0 {
		return nil
	}
	w.todo = used[:0]
	return list
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
