package postgres

import (
	"context"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres/inbox"
	"github.com/plinth-dev/plinth/internal/db/postgres/pgoutput"
	"github.com/plinth-dev/plinth/internal/fault"
)

// direct is the login of connections that must reach the server itself, with settings
// of the engine's own: a name is looked up in pg_catalog alone, and what was numbered is
// on disk before the slot is told.
func (d *Driver) direct() *pgconn.Config {
	login := d.server.Copy()
	for name, val := range map[string]string{
		"application_name": "plinth feed", "search_path": "pg_catalog", "TimeZone": "UTC", "DateStyle": "ISO, MDY",
		"IntervalStyle": "postgres", "client_encoding": "UTF8", "bytea_output": "hex", "synchronous_commit": "on",
		"statement_timeout": "0", "idle_in_transaction_session_timeout": "0",
	} {
		login.RuntimeParams[name] = val
	}
	return login
}

// replication opens a connection that may read a slot.
func (d *Driver) replication(ctx context.Context) (*pgconn.PgConn, error) {
	login := d.direct()
	login.RuntimeParams["replication"] = "database"
	c, err := pgconn.ConnectConfig(ctx, login)
	return c, toFault(ctx, err, "")
}

func closeQuietly(c *pgconn.PgConn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.Close(ctx) // nothing is left to be lost
}

// stream reads a slot into an inbox. It is one goroutine's.
type stream struct {
	c      *pgconn.PgConn
	in     *inbox.Inbox
	shapes map[uint32]string // of the tables that were told of, by OID
	msg    pgoutput.Message
	within bool // a transaction
	tx     uint32
	at     time.Time
	marked bool            // by a message of ours
	n      int             // changes since it rested
	wanted func() bool     // whether anybody may want to be told
	hurry  <-chan struct{} // somebody waits until a mark is reached
}

// start asks for what is after lsn.
func (s *stream) start(ctx context.Context, slot string, lsn uint64) error {
	sql := fmt.Sprintf(`START_REPLICATION SLOT "%s" LOGICAL %s (proto_version '1', publication_names '"plinth_feed","plinth_feed_inserts"', messages 'true')`,
		slot, lsnText(lsn))
	s.c.Frontend().SendQuery(&pgproto3.Query{String: sql})
	if err := s.c.Frontend().Flush(); err != nil {
		return toFault(ctx, err, sql)
	}
	for {
		msg, err := s.c.ReceiveMessage(ctx)
		if err != nil {
			return toFault(ctx, err, sql)
		}
		switch m := msg.(type) {
		case *pgproto3.CopyBothResponse:
			return nil
		case *pgproto3.ErrorResponse:
			return toFault(ctx, pgconn.ErrorResponseToPgError(m), "")
		case *pgproto3.ReadyForQuery:
			return fault.SQL("08P01", "the server does not replicate")
		}
	}
}

// follow reads until ctx or the connection ends. What is there is read to its end before
// it is handed on, and after that the reader rests: the server sends every transaction by
// itself, and each would wake this process, and be written, alone.
func (s *stream) follow(ctx context.Context) error {
	for {
		if s.c.Frontend().ReadBufferLen() == 0 && s.in.Ready() {
			s.rest(ctx)
		}
		msg, err := s.c.ReceiveMessage(ctx)
		if err != nil {
			return toFault(ctx, err, "")
		}
		switch m := msg.(type) {
		case *pgproto3.CopyData:
			err = s.data(ctx, m.Data)
		case *pgproto3.ErrorResponse:
			err = pgconn.ErrorResponseToPgError(m)
		case *pgproto3.CopyDone:
			err = fault.SQL("08006", "the server ended the replication")
		}
		if err != nil {
			return toFault(ctx, err, "")
		}
	}
}

// rest lets changes gather: for longer where nobody wants to be told of them, they are few
// and nobody waits.
func (s *stream) rest(ctx context.Context) {
	pause(ctx, gather)
	if s.n < lullRows && !s.wanted() {
		wait(ctx, s.hurry, lull-gather)
	}
	s.n = 0
}

// data reads what a CopyData carries: a keepalive or a message.
func (s *stream) data(ctx context.Context, b []byte) error {
	switch {
	case len(b) >= 18 && b[0] == 'k':
		if !s.within {
			s.in.Reached(binary.BigEndian.Uint64(b[1:]), b[17] != 0)
		}
		return nil
	case len(b) < 25 || b[0] != 'w':
		return pgoutput.ErrMalformed
	}
	if err := s.msg.Parse(b[25:]); err != nil {
		return err
	}
	return s.message(ctx)
}

func (s *stream) message(ctx context.Context) error {
	m := &s.msg
	switch m.Kind {
	case pgoutput.Begin:
		s.within, s.tx, s.at = true, m.XID, m.At
	case pgoutput.Commit:
		s.in.Reached(m.LSN, s.marked)
		s.within, s.marked = false, false
	case pgoutput.Relation:
		s.shapes[m.Rel] = shapeOf(m.Columns)
	case pgoutput.Insert:
		return s.change(ctx, m.Rel, db.Insert)
	case pgoutput.Update:
		return s.change(ctx, m.Rel, db.Update)
	case pgoutput.Delete:
		return s.change(ctx, m.Rel, db.Delete)
	case pgoutput.Truncate:
		for _, rel := range m.Rels {
			if err := s.change(ctx, rel, db.Truncate); err != nil {
				return err
			}
		}
	case pgoutput.Logical:
		s.marked = s.marked || m.Prefix == "plinth"
	}
	return nil
}

func (s *stream) change(ctx context.Context, rel uint32, op db.Op) error {
	s.n++
	return s.in.Add(ctx, inbox.Change{Tx: s.tx, Rel: rel, Op: op, Shape: s.shapes[rel], Old: s.msg.Old, New: s.msg.New, At: s.at})
}

// shapeOf is what plinth.tuple_shape says of the same columns.
func shapeOf(cols []pgoutput.Column) string {
	h := md5.New()
	for i, c := range cols {
		if i > 0 {
			h.Write([]byte{','})
		}
		fmt.Fprintf(h, "%s %d %d", c.Name, c.Type, c.Mod)
	}
	return "p" + hex.EncodeToString(h.Sum(nil))
}

// confirm tells the server what it need not keep: everything before lsn. It may run
// beside follow.
func (s *stream) confirm(lsn uint64) error {
	b := append(make([]byte, 0, 34), 'r')
	for range 3 {
		b = binary.BigEndian.AppendUint64(b, lsn)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).Microseconds()))
	msg, err := (&pgproto3.CopyData{Data: append(b, 0)}).Encode(nil)
	if err != nil {
		return err
	}
	return toFault(context.Background(), s.c.Frontend().SendUnbufferedEncodedCopyData(msg), "")
}

// lsnText is a place in the server's log as the server prints it.
func lsnText(lsn uint64) string { return fmt.Sprintf("%X/%X", lsn>>32, uint32(lsn)) }

func parseLSN(s string) (lsn uint64, err error) {
	var hi, lo uint64
	_, err = fmt.Sscanf(s, "%X/%X", &hi, &lo)
	return hi<<32 | lo, err
}
