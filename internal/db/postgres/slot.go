package postgres

import (
	"context"
	"strconv"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
)

// slotState is what the server says of the slot.
type slotState struct {
	reader   string // backend that reads it, "0" for none
	lost     bool   // its log is gone, or it is not the one that we numbered from
	unread   int64  // bytes of log
	retained int64
}

func (l *leader) state(ctx context.Context) (s slotState, found bool, err error) {
	rows, err := l.sql.ask(ctx, sqlSlotState, l.d.slot, lsnText(l.lsn))
	if err != nil || len(rows) == 0 {
		return s, false, err
	}
	r := rows[0]
	s.reader, s.lost = r[0], r[1] == "t"
	if s.unread, err = strconv.ParseInt(r[2], 10, 64); err == nil {
		s.retained, err = strconv.ParseInt(r[3], 10, 64)
	}
	return s, true, err
}

// ensureSlot makes the slot ours alone, and makes a new one where it is lost, where it
// is another's, or where reading all that it kept would take too long. A new slot is a
// new epoch: whoever follows fetches everything anew.
func (l *leader) ensureSlot(ctx context.Context) error {
	for try := 0; ; try++ {
		s, found, err := l.state(ctx)
		if err != nil {
			return err
		}
		if found && s.reader != "0" { // of a leader that was; the lease is ours
			if try == 100 {
				return fault.SQL("55006", "the slot %s is held by another process", l.d.slot)
			}
			if _, err := l.sql.ask(ctx, "select pg_terminate_backend($1::int)", s.reader); err != nil {
				return err
			}
			pause(ctx, 50*time.Millisecond)
			continue
		}
		switch {
		case found && l.slot == l.d.slot && !s.lost && s.unread <= l.d.cfg.SlotLimit:
			return nil
		case found:
			if _, err := l.sql.ask(ctx, "select pg_drop_replication_slot($1)", l.d.slot); err != nil {
				return err
			}
			l.d.log.Warn("postgres: the slot is of no use and was dropped; changes may have been missed", "slot", l.d.slot,
				"lost", s.lost, "unread_bytes", s.unread)
		case l.slot != "":
			l.d.log.Warn("postgres: the slot is gone; changes may have been missed", "slot", l.d.slot)
		}
		return l.newSlot(ctx)
	}
}

// newSlot makes the slot. The server waits for all transactions under way to end, so
// the lease is held meanwhile.
func (l *leader) newSlot(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type made struct {
		lsn string
		err error
	}
	done := make(chan made, 1)
	go func() {
		res, err := l.stream.c.Exec(ctx, `CREATE_REPLICATION_SLOT "`+l.d.slot+`" LOGICAL pgoutput NOEXPORT_SNAPSHOT`).ReadAll()
		if err == nil && (len(res) == 0 || len(res[0].Rows) == 0) {
			err = fault.SQL("08P01", "the server made no slot")
		}
		if err != nil {
			done <- made{err: toFault(ctx, err, "")}
			return
		}
		done <- made{lsn: string(res[0].Rows[0][1])}
	}()
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case m := <-done:
			if m.err != nil {
				return m.err
			}
			return l.begin(ctx, m.lsn)
		case <-tick.C:
			if rows, err := l.sql.ask(ctx, sqlBeat, l.token, leaseFor, "0/0"); err != nil || len(rows) == 0 {
				cancel()
				<-done
				return errFenced
			}
		}
	}
}

// begin starts a new epoch at a slot that is new.
func (l *leader) begin(ctx context.Context, lsn string) error {
	if _, err := l.sql.pg.Exec(ctx, "begin; truncate plinth.changes").ReadAll(); err != nil {
		return toFault(ctx, err, "")
	}
	rows, err := l.sql.ask(ctx, sqlNewSlot, l.token, l.d.slot, lsn)
	switch {
	case err != nil:
		return err
	case len(rows) == 0:
		return errFenced
	}
	if _, err := l.sql.pg.Exec(ctx, "commit").ReadAll(); err != nil {
		return toFault(ctx, err, "")
	}
	l.slot = l.d.slot
	if l.epoch, l.last, err = place(rows[0][0], rows[0][1]); err != nil {
		return err
	}
	l.lsn, err = parseLSN(lsn)
	return err
}

// watch looks how much log the slot makes the server keep, and whether somebody made or
// changed tables without a word.
func (l *leader) watch(ctx context.Context) error {
	if l.open {
		return nil // the connection is in a transaction, which reads on
	}
	rows, err := l.sql.ask(ctx, sqlUntold)
	if err == nil && rows[0][0] == "t" {
		err = l.d.Refresh(ctx)
	}
	if err != nil {
		return err
	}
	s, found, err := l.state(ctx)
	switch {
	case err != nil:
		return err
	case !found || s.lost:
		return fault.SQL("55000", "the slot %s was lost", l.d.slot)
	case s.unread > l.d.cfg.SlotLimit:
		return fault.SQL("53400", "the slot %s keeps %d bytes of unread log, more than it may", l.d.slot, s.unread)
	case s.retained > l.d.cfg.SlotLimit:
		l.d.log.Warn("postgres: the slot keeps much of the server's log; is a transaction open for long?", "slot", l.d.slot, "bytes", s.retained)
	}
	return nil
}
