package lite

import (
	"errors"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
)

// write brings every request of a batch to its answer. Each attempt answers at least
// one request, or finds one that needs a savepoint and has it the next time, so it ends.
func (w *Writer) write(batch []*request) {
	for len(batch) > 0 {
		batch = w.attempt(batch)
	}
}

// attempt runs a batch in one transaction. Where the transaction was lost it answers
// the culprit and returns the others, which must run again; where one failed that had no
// savepoint it returns all of them.
func (w *Writer) attempt(batch []*request) []*request {
	if err := w.begin(); err != nil {
		for _, r := range batch {
			if r.start() {
				r.done <- err
			}
		}
		return nil
	}
	live, begin := batch[:0], time.Now()
	for i := 0; ; i++ {
		if i == len(batch) {
			if batch = w.late(batch, begin); i == len(batch) {
				break
			}
		}
		r := batch[i]
		if !r.start() {
			continue
		}
		end := w.run(r, begin)
		if end == kept {
			live = append(live, r)
			continue
		}
		w.abandon()
		if end == spoilt && len(live) > 0 { // it may owe its failure to them: it fails again in its turn
			w.careful = len(batch) + carefulFor
			return append(live, batch[i:]...)
		}
		if end == gone {
			r.err = withoutLoss(r.err)
		}
		r.done <- r.err
		return append(live, batch[i+1:]...)
	}
	began := time.Now()
	if err := w.commit(); err != nil {
		return w.uncommitted(live, err)
	}
	w.commits.Observe(time.Since(began))
	w.batches.Observe(len(live))
	unsure := w.committed()
	for _, r := range live {
		if r.err == nil {
			r.err = unsure
		}
		r.done <- r.err
	}
	return nil
}

func (w *Writer) begin() error {
	if err := w.conn.exec("begin immediate"); err != nil {
		return Fault(err)
	}
	err := w.hook(w.cfg.Begun)
	if err != nil {
		w.abandon()
	}
	return err
}

func (w *Writer) commit() error {
	if err := w.hook(w.cfg.Sealed); err != nil {
		return err
	}
	return Fault(w.conn.exec("commit"))
}

func (w *Writer) hook(fn func(*Conn) error) error {
	if fn == nil {
		return nil
	}
	return Fault(fn(w.conn))
}

// uncommitted handles a failed COMMIT. Nobody knows whose fault it was, so each
// request gets a transaction of its own.
func (w *Writer) uncommitted(live []*request, err error) []*request {
	w.abandon()
	if len(live) == 1 {
		live[0].done <- err
		return nil
	}
	for _, r := range live {
		w.attempt([]*request{r})
	}
	return nil
}

// lossError marks a request whose savepoint could not be taken back, so that the
// whole transaction must go.
type lossError struct{ err error }

func (e lossError) Error() string { return e.err.Error() }

func withoutLoss(err error) error {
	var l lossError
	switch {
	case err == nil: // its function hid the error that ended the transaction
		return fault.SQL("25P02", "current transaction is aborted, commands ignored until end of transaction block")
	case errors.As(err, &l):
		return l.err
	}
	return err
}

// lost reports whether the transaction is gone, or must go, after a request.
func (w *Writer) lost(err error) bool {
	if err == nil {
		return w.conn.Autocommit()
	}
	_, ok := errors.AsType[lossError](err)
	return ok || w.conn.Autocommit()
}

// abandon ends the transaction if SQLite has not done so already.
func (w *Writer) abandon() {
	w.conn.ReleaseAll()
	if !w.conn.Autocommit() {
		_ = w.conn.Exec("rollback") // nothing can be done about a failure; the next BEGIN reports it
	}
}

// A savepoint costs a copy of every page that its request changes, and most requests
// succeed: they run without one. Where one of them fails after it has changed something,
// the whole transaction is taken back and runs again.
const (
	// carefulFor is how many requests have savepoints after that: what they cost is what a
	// transaction costs that runs twice.
	carefulFor = 256
	// boldFor bounds the time of what must run again.
	boldFor = 20 * time.Millisecond
)

// How a request leaves its transaction.
type ending int

const (
	kept   ending = iota // with what it did, or, where it failed, as it was before
	spoilt               // it failed, and what it did is still there
	gone                 // the transaction is gone, or must go
)

// run runs one request within the transaction that began then.
func (w *Writer) run(r *request, begin time.Time) ending {
	bold := w.careful == 0 && time.Since(begin) < boldFor
	end := kept
	if bold {
		end = w.boldly(r)
	} else {
		w.careful = max(0, w.careful-1)
		r.err = w.savepoint(r)
	}
	if w.lost(r.err) {
		return gone
	}
	if errors.Is(r.err, ErrRollback) {
		r.err = nil
	}
	return end
}

// boldly runs one request without a savepoint.
func (w *Writer) boldly(r *request) ending {
	before := w.conn.TotalChanges()
	w.conn.half = false
	if r.err = w.inside(r); r.err != nil && (w.conn.half || w.conn.TotalChanges() != before) {
		return spoilt
	}
	return kept
}

// savepoint runs one request so that it can be taken back alone.
func (w *Writer) savepoint(r *request) error {
	c := w.conn
	if err := c.exec("savepoint request"); err != nil {
		return lossError{Fault(err)}
	}
	err := w.inside(r)
	if c.Autocommit() {
		return err
	}
	if err == nil {
		if err = c.exec("release request"); err != nil {
			return lossError{Fault(err)}
		}
		return nil
	}
	if rerr := c.exec("rollback to request"); rerr != nil {
		return lossError{err}
	}
	if rerr := c.exec("release request"); rerr != nil {
		return lossError{err}
	}
	return err
}

// inside runs a request's function within a transaction, where it leaves no statement and
// no foreign key behind.
func (w *Writer) inside(r *request) error {
	c := w.conn
	c.guard = true
	err := w.call(r)
	c.guard = false
	c.ReleaseAll()
	dry := errors.Is(err, ErrDryRun)
	switch {
	case (err == nil || dry) && !c.Autocommit() && c.DeferredFKs():
		err = w.unresolved()
	case dry:
		err = ErrRollback
	}
	return err
}

func (w *Writer) unresolved() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
		w.conn.ReleaseAll()
	}()
	if w.cfg.Unresolved != nil {
		err = w.cfg.Unresolved(w.conn)
	}
	if err == nil {
		err = fault.SQL("23503", "insert or update on a table violates a foreign key constraint")
	}
	return err
}

// exec runs one cached statement.
func (c *Conn) exec(sql string) error {
	st, err := c.Prepare(sql)
	if err != nil {
		return err
	}
	defer st.Release()
	return st.Run()
}
