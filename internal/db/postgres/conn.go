package postgres

import (
	"container/list"
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres/codec"
)

// conn is one connection with its prepared statements.
type conn struct {
	pg     *pgconn.PgConn
	role   string // that it served last
	born   time.Time
	idle   time.Time
	gen    uint64 // of the pool
	stmts  map[stmtKey]*stmt
	recent *list.List // of *stmt, latest first
	room   int        // for statements
	names  int
	drop   []string            // statements to close with the next pipeline
	sets   [maxSets + 1]string // statements that set so many settings
	tail   string              // the statement of sqlTail
	sent   []sent              // prepared in the pipeline under way
	notes  []*pgconn.Notification
	heed   bool // notices are kept
	said   []*pgconn.Notice
}

// sent is a statement that is there once its pipeline went well so far.
type sent struct {
	slot *string // where its name is kept then
	name string
}

// prepare sends a statement that the engine itself needs.
func (c *conn) prepare(p *pgconn.Pipeline, slot *string, sql string) string {
	name := c.nextName()
	p.SendPrepare(name, sql, nil)
	c.sent = append(c.sent, sent{slot, name})
	return name
}

// settle notes what became of the statements that were sent: in a transaction that is
// spoilt already, the server prepares none.
func (c *conn) settle(ok bool) {
	for _, s := range c.sent {
		if ok {
			*s.slot = s.name
		} else {
			c.drop = append(c.drop, s.name)
		}
	}
	c.sent = c.sent[:0]
}

// stmtKey tells statements apart: names are looked up, and permission on schemas is
// asked, when a statement is prepared.
type stmtKey struct {
	role, path, sql string
	limit           int64 // see request.fix
}

// stmt is a prepared statement and the way its rows are read.
type stmt struct {
	key     stmtKey
	name    string
	known   *pgconn.StatementDescription
	params  []uint32
	cols    []db.Column
	read    []codec.Column
	formats []int16
	types   *codec.Types
	place   *list.Element
}

func newConn(statements int) *conn {
	return &conn{born: time.Now(), stmts: map[stmtKey]*stmt{}, recent: list.New(), room: statements}
}

// stmt returns the prepared statement, nil where it must be prepared.
func (c *conn) stmt(key stmtKey, types *codec.Types) *stmt {
	st := c.stmts[key]
	if st == nil {
		return nil
	}
	if st.types != types { // the schema was read anew
		c.forget(st)
		return nil
	}
	c.recent.MoveToFront(st.place)
	return st
}

// nextName returns a name for a new statement.
func (c *conn) nextName() string {
	c.names++
	return "s" + strconv.Itoa(c.names)
}

// remember keeps a statement; the one not used for the longest time goes.
func (c *conn) remember(st *stmt) {
	st.place = c.recent.PushFront(st)
	c.stmts[st.key] = st
	if c.recent.Len() > c.room {
		c.forget(c.recent.Back().Value.(*stmt))
	}
}

func (c *conn) forget(st *stmt) {
	c.recent.Remove(st.place)
	delete(c.stmts, st.key)
	c.drop = append(c.drop, st.name)
}

// describe makes a stmt of what the server said about it.
func describe(key stmtKey, name string, sd *pgconn.StatementDescription, types *codec.Types) *stmt {
	sd.Name = name
	st := &stmt{key: key, name: name, known: sd, params: sd.ParamOIDs, types: types}
	for _, f := range sd.Fields {
		c := types.Column(f.DataTypeOID)
		st.read = append(st.read, c)
		st.cols = append(st.cols, db.Column{Name: f.Name, Type: c.Type})
		st.formats = append(st.formats, c.Format())
	}
	return st
}

// close ends the connection without waiting for long.
func (c *conn) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.pg.Close(ctx) // nothing is left to be lost
}

// notice keeps what the server remarks while a script runs.
func (c *conn) notice(n *pgconn.Notice) {
	if c.heed {
		c.said = append(c.said, n)
	}
}

// heard returns the next notification that has arrived.
func (c *conn) heard() *pgconn.Notification {
	if len(c.notes) == 0 {
		return nil
	}
	n := c.notes[0]
	c.notes = c.notes[1:]
	return n
}
