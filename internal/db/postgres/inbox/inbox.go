package inbox

import (
	"context"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres/pgoutput"
)

// Bounds of what the leader holds at a time: as much again is being written.
const (
	batchRows  = 1000
	batchBytes = 1 << 20
)

// Change is one on its way into the log.
type Change struct {
	Tx       uint32
	Rel      uint32 // the table's OID
	Op       db.Op
	Shape    string // of the table's columns
	Old, New pgoutput.Tuple
	At       time.Time // of the commit
}

// Batch is what came from the slot since the last one was taken.
type Batch struct {
	Rows  []Change
	bytes int
	LSN   uint64 // the server's log is read up to here, at the last end of a transaction
	Whole bool   // rows end with a transaction
	Asked bool   // somebody waits until LSN is noted
}

// Inbox is where the reader of the slot leaves what it reads: while one batch is being
// written the next one grows, up to its bounds.
type Inbox struct {
	mu   sync.Mutex
	b    Batch
	err  error
	News chan struct{} // a batch may be taken
	room chan struct{} // and one was
}

// New returns an empty one.
func New() *Inbox {
	return &Inbox{b: Batch{Whole: true}, News: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

func (b *Batch) full() bool { return len(b.Rows) >= batchRows || b.bytes >= batchBytes }

// Add leaves a change; it waits while there is no room, and its error is the context's.
func (in *Inbox) Add(ctx context.Context, c Change) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	for in.b.full() {
		in.mu.Unlock()
		ring(in.News)
		select {
		case <-in.room:
		case <-ctx.Done():
		}
		in.mu.Lock()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	c.Old, c.New = append(pgoutput.Tuple(nil), c.Old...), append(pgoutput.Tuple(nil), c.New...)
	in.b.Rows = append(in.b.Rows, c)
	in.b.bytes += len(c.Old) + len(c.New)
	in.b.Whole = false
	return nil
}

// Reached notes that everything before lsn was left here. asked wants that noted soon.
func (in *Inbox) Reached(lsn uint64, asked bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.b.LSN = max(in.b.LSN, lsn)
	in.b.Whole = true
	in.b.Asked = in.b.Asked || asked
}

// Ready says that nothing more is at hand just now: what was left here may be taken. It
// tells whether that is anything.
func (in *Inbox) Ready() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.b.Whole || !in.b.Asked && len(in.b.Rows) == 0 {
		return false
	}
	ring(in.News)
	return true
}

// Fail ends the reading.
func (in *Inbox) Fail(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.err = err
	ring(in.News)
}

// Take returns what may be written now: whole transactions, or a part of one where
// there is no room for more. ok is false where that is neither.
func (in *Inbox) Take() (b Batch, ok bool, err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if b = in.b; !b.Whole && !b.full() {
		return Batch{}, false, in.err
	}
	in.b = Batch{LSN: b.LSN, Whole: b.Whole}
	ring(in.room)
	return b, true, in.err
}

func ring(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
