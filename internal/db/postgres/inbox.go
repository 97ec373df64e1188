package postgres

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

// logged is one change on its way into the log.
type logged struct {
	tx       uint32
	rel      uint32
	op       db.Op
	shape    string
	old, new pgoutput.Tuple
	at       time.Time
}

// batch is what came from the slot since the last one was taken.
type batch struct {
	rows  []logged
	bytes int
	lsn   uint64 // the server's log is read up to here, at the last end of a transaction
	whole bool   // rows end with a transaction
	asked bool   // somebody waits until lsn is noted
}

// inbox is where the reader of the slot leaves what it reads: while one batch is being
// written the next one grows, up to its bounds.
type inbox struct {
	mu   sync.Mutex
	b    batch
	err  error
	news chan struct{} // a batch may be taken
	room chan struct{} // and one was
}

func newInbox() *inbox {
	return &inbox{b: batch{whole: true}, news: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

func (b *batch) full() bool { return len(b.rows) >= batchRows || b.bytes >= batchBytes }

// add leaves a change; it waits while there is no room.
func (in *inbox) add(ctx context.Context, c logged) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	for in.b.full() {
		in.mu.Unlock()
		ring(in.news)
		select {
		case <-in.room:
		case <-ctx.Done():
		}
		in.mu.Lock()
		if ctx.Err() != nil {
			return ended(ctx)
		}
	}
	c.old, c.new = append(pgoutput.Tuple(nil), c.old...), append(pgoutput.Tuple(nil), c.new...)
	in.b.rows = append(in.b.rows, c)
	in.b.bytes += len(c.old) + len(c.new)
	in.b.whole = false
	return nil
}

// reached notes that everything before lsn was left here. asked wants that noted soon.
func (in *inbox) reached(lsn uint64, asked bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.b.lsn = max(in.b.lsn, lsn)
	in.b.whole = true
	in.b.asked = in.b.asked || asked
	if in.b.asked || len(in.b.rows) > 0 {
		ring(in.news)
	}
}

// fail ends the reading.
func (in *inbox) fail(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.err = err
	ring(in.news)
}

// take returns what may be written now: whole transactions, or a part of one where
// there is no room for more. ok is false where that is neither.
func (in *inbox) take() (b batch, ok bool, err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if b = in.b; !b.whole && !b.full() {
		return batch{}, false, in.err
	}
	in.b = batch{lsn: b.lsn, whole: b.whole}
	ring(in.room)
	return b, true, in.err
}

func ring(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
