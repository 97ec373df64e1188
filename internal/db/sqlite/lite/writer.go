package lite

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/db/turn"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/metric"
)

// ErrRollback, returned by a request, takes its changes back and counts as success.
var ErrRollback = errors.New("lite: rollback asked for")

// ErrDryRun does the same where a commit would have succeeded.
var ErrDryRun = errors.New("lite: dry run")

// WriterConfig describes a Writer.
type WriterConfig struct {
	Conn  Config
	Batch int // requests of one transaction, and of the queue; default 512
	// WALPages is where readers are waited for so that the write-ahead log starts anew;
	// default 16,384 pages (64 MB).
	WALPages int
	// Unresolved names the deferred foreign key that a request left unresolved; it
	// runs before the request is rolled back. Nil gives a plain 23503.
	Unresolved func(*Conn) error
	// Begun runs in each transaction that requests share, before the first of them; Sealed
	// behind the last of them, and after what ran alone. They may be nil.
	Begun, Sealed func(*Conn) error
	// Committed runs after each commit, before anyone is answered. May be nil.
	Committed func()
	// Captured gets what each commit wrote, on the writer's goroutine, or why that could
	// not be read. May be nil.
	Captured func(Commit, error)
	// Durable runs after Committed. Its error is the answer of everyone whose changes
	// were just committed: they may be lost. May be nil.
	Durable func() error
}

// Writer is the one connection that writes. Requests that wait share a transaction
// and its fsync; one that fails takes back what it did alone. Nobody is answered before
// COMMIT.
type Writer struct {
	cfg     WriterConfig
	conn    *Conn
	queue   chan *request
	next    *request // taken from the queue, but not for the batch at hand
	after   courtesy
	careful int // so many more requests have a savepoint
	closing chan struct{}
	stopped chan struct{}
	once    sync.Once
	closed  error
	commits metric.Histogram
	batches metric.Sizes
	line    turn.Line
}

// Line counts those who write.
func (w *Writer) Line() *turn.Line { return &w.line }

// Waiting returns how many requests are in the queue.
func (w *Writer) Waiting() int { return len(w.queue) }

// Commits tells how long commits took, the flush included, and how many requests shared
// one.
func (w *Writer) Commits() (*metric.Histogram, *metric.Sizes) { return &w.commits, &w.batches }

type request struct {
	ctx   context.Context // it travels with the request to the goroutine that writes
	fn    func(*Conn) error
	alone bool
	quiet bool // it commits nothing
	line  *turn.Line
	came  time.Time // when it began to wait
	state atomic.Int32
	err   error
	done  chan error
}

// States of a request. Only one of writer and waiter moves it out of waiting.
const (
	waiting int32 = iota
	running
	abandoned
)

// goodBatch is how many requests should share a flush before the wait for it counts as long.
const goodBatch = 32

// OpenWriter opens the writing connection and starts its goroutine; Close ends it.
func OpenWriter(cfg WriterConfig) (*Writer, error) {
	if cfg.Batch <= 0 {
		cfg.Batch = 512
	}
	cfg.Conn.Mode = ReadWrite
	if cfg.WALPages <= 0 {
		cfg.WALPages = walHard
	}
	conn, err := Open(cfg.Conn)
	if err != nil {
		return nil, err
	}
	keeper := &walKeeper{idle: walIdle, soft: min(walSoft, cfg.WALPages), hard: cfg.WALPages, busy: cfg.Conn.BusyMillis, pause: walPause}
	if cfg.Captured != nil {
		keeper.capture = &capture{to: cfg.Captured, path: cfg.Conn.Path + "-wal"}
	}
	conn.keepWAL(keeper)
	if err := conn.gatherWAL(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	w := &Writer{
		cfg: cfg, conn: conn, queue: make(chan *request, cfg.Batch),
		closing: make(chan struct{}), stopped: make(chan struct{}),
	}
	w.line.Room = min(cfg.Batch, goodBatch)
	go w.loop()
	return w, nil
}

// Do runs fn in a transaction and returns once it is durable or rolled back. fn may
// run again when the transaction was taken back with another request: it touches the
// connection alone. It must not begin, commit or keep statements.
func (w *Writer) Do(ctx context.Context, fn func(*Conn) error) error {
	return w.submit(&request{ctx: ctx, fn: fn, done: make(chan error, 1)})
}

// Alone runs fn on the connection outside any transaction, with no other request
// beside it.
func (w *Writer) Alone(ctx context.Context, fn func(*Conn) error) error {
	return w.submit(&request{ctx: ctx, fn: fn, alone: true, done: make(chan error, 1)})
}

// Quietly is Alone for what commits nothing, so that Durable is not asked.
func (w *Writer) Quietly(ctx context.Context, fn func(*Conn) error) error {
	return w.submit(&request{ctx: ctx, fn: fn, alone: true, quiet: true, done: make(chan error, 1)})
}

func (w *Writer) submit(r *request) error {
	if r.ctx.Err() != nil {
		return Ended(r.ctx)
	}
	select {
	case <-w.closing:
		return errClosed()
	default:
	}
	r.line, r.came = &w.line, time.Now()
	w.line.Enter()
	defer w.line.Leave()
	select {
	case w.queue <- r:
	case <-w.closing:
		return errClosed()
	case <-r.ctx.Done():
		return Ended(r.ctx)
	}
	select {
	case err := <-r.done:
		return err
	case <-r.ctx.Done():
		if r.state.CompareAndSwap(waiting, abandoned) {
			return Ended(r.ctx)
		}
	case <-w.stopped:
		if r.state.CompareAndSwap(waiting, abandoned) {
			return errClosed()
		}
	}
	return <-r.done // it runs, so its outcome counts
}

// Close answers what waits, ends the goroutine and closes the connection.
func (w *Writer) Close() error {
	w.once.Do(func() { close(w.closing) })
	<-w.stopped
	return w.closed
}

func (w *Writer) loop() {
	defer close(w.stopped)
	batch := make([]*request, 0, w.cfg.Batch)
	for {
		batch = w.gather(batch[:0])
		if len(batch) == 0 {
			break
		}
		if batch[0].alone {
			w.runAlone(batch[0])
			continue
		}
		w.write(batch)
		clear(batch)
	}
	w.conn.wal.capture.close()
	w.closed = w.conn.Close()
}

// committed tells who wants to know of a commit; its error keeps success from being
// answered.
func (w *Writer) committed() error {
	if w.cfg.Committed != nil {
		w.cfg.Committed()
	}
	if w.cfg.Durable != nil {
		return w.cfg.Durable()
	}
	return nil
}

// gather waits for a request and takes those that wait behind it. Empty means that
// the writer is closing and nothing waits.
func (w *Writer) gather(batch []*request) []*request {
	first := w.next
	w.next = nil
	if first == nil {
		if first = w.await(); first == nil {
			return batch
		}
	}
	batch = append(batch, first)
	if first.alone {
		return batch
	}
	return w.collect(batch)
}

// await waits for a request; nil means that none will come. In a lull the log is moved.
func (w *Writer) await() (r *request) {
	select {
	case r = <-w.queue:
		return r
	default:
	}
	var lull <-chan time.Time
	if w.conn.wal.owed {
		lull = time.After(walLull)
	}
	for {
		select {
		case r = <-w.queue:
			return r
		case <-lull:
			w.conn.wal.rest()
		case <-w.closing:
			select {
			case r = <-w.queue:
			default:
			}
			return r
		}
	}
}

// lateLimit bounds how long the first of a batch waits for those that come later.
const lateLimit = 5 * time.Millisecond

// late adds to a batch under way those that came meanwhile: they share its fsync, too.
// Whoever is about to ask is let in first; that costs a microsecond, and a commit
// hundreds.
func (w *Writer) late(batch []*request, begin time.Time) []*request {
	if w.next != nil || time.Since(begin) > lateLimit { // next wants to be alone: no one passes it
		return batch
	}
	w.after.others(runtime.Gosched)
	return w.collect(batch)
}

// courtesy lets others go first while that is cheap. Where a line waits for a processor it is
// not: the writer would come back behind all of them, and with it everyone in its batch.
type courtesy struct{ spent int } // so many times more nobody goes first

const spell = 16

func (c *courtesy) others(first func()) {
	if c.spent > 0 {
		c.spent--
		return
	}
	begin := time.Now()
	first()
	if time.Since(begin) > lateLimit {
		c.spent = spell
	}
}

// collect takes the requests that wait, in the room that a batch has.
func (w *Writer) collect(batch []*request) []*request {
	for len(batch) < cap(batch) {
		select {
		case r := <-w.queue:
			if r.alone {
				w.next = r
				return batch
			}
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}

// start claims a request; one whose waiter is gone, or whose time is over, is not run.
func (r *request) start() bool {
	if r.state.Load() == running { // it runs again
		return true
	}
	if !r.state.CompareAndSwap(waiting, running) {
		return false
	}
	if r.ctx.Err() != nil {
		r.done <- Ended(r.ctx)
		return false
	}
	r.line.Turn(time.Since(r.came))
	return true
}

func (w *Writer) runAlone(r *request) {
	if !r.start() {
		return
	}
	err := w.call(r)
	w.conn.ReleaseAll()
	if !w.conn.Autocommit() {
		w.abandon()
		if err == nil {
			err = fault.New(fault.Internal, "XX000", "a transaction was left open")
		}
	}
	if err == nil && !r.quiet {
		if err = w.hook(w.cfg.Sealed); err == nil {
			err = w.committed()
		}
	}
	r.done <- err
}

// call runs a request's function, interrupted when its context ends.
func (w *Writer) call(r *request) (err error) {
	w.conn.Watch(r.ctx.Done())
	defer w.conn.Watch(nil)
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	err = r.fn(w.conn)
	var e *Error
	if errors.As(err, &e) && e.Code.Primary() == Interrupted && r.ctx.Err() != nil {
		return Ended(r.ctx)
	}
	return Fault(err)
}

// panicked makes a fault of a panic; its cause tells the log where it was.
func panicked(p any) error {
	cause := fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	return fault.New(fault.Internal, "XX000", "internal error").WithCause(cause)
}
