package pgoutput

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"time"
)

// Kinds of messages that matter here; others are passed over.
const (
	Begin    = 'B'
	Commit   = 'C'
	Relation = 'R'
	Insert   = 'I'
	Update   = 'U'
	Delete   = 'D'
	Truncate = 'T'
	Logical  = 'M' // pg_logical_emit_message
)

// Message is one message. Which fields hold something depends on Kind.
type Message struct {
	Kind byte
	LSN  uint64    // Commit: the end of the transaction
	At   time.Time // Begin: when it was committed
	XID  uint32    // Begin

	Rel      uint32   // Relation, Insert, Update, Delete
	Columns  []Column // Relation; not those that are generated
	Old, New Tuple    // of a row; they share the bytes that were parsed
	Rels     []uint32 // Truncate

	Prefix string // Logical
}

// Column is one of a table's.
type Column struct {
	Name string
	Key  bool // of the replica identity
	Type uint32
	Mod  int32
}

// ErrMalformed is what bytes are that no server sends.
var ErrMalformed = errors.New("pgoutput: malformed message")

// Parse reads one message into m.
func (m *Message) Parse(src []byte) error {
	*m = Message{Columns: m.Columns[:0], Rels: m.Rels[:0]}
	r := reader{b: src}
	m.Kind = r.byte()
	switch m.Kind {
	case Begin:
		r.uint64() // the place of the commit; that of its end comes with Commit
		m.At, m.XID = r.time(), r.uint32()
	case Commit:
		r.byte() // flags, of which there are none
		r.uint64()
		m.LSN = r.uint64()
	case Relation:
		m.relation(&r)
	case Insert:
		m.Rel = r.uint32()
		m.rows(&r, "N")
	case Update:
		m.Rel = r.uint32()
		m.rows(&r, "KON")
	case Delete:
		m.Rel = r.uint32()
		m.rows(&r, "KO")
	case Truncate:
		n := r.uint32()
		r.byte() // cascade, restart identity
		for range n {
			if m.Rels = append(m.Rels, r.uint32()); r.bad {
				break
			}
		}
	case Logical:
		r.byte()
		r.uint64()
		m.Prefix = r.text()
	}
	if r.bad {
		return ErrMalformed
	}
	return nil
}

func (m *Message) relation(r *reader) {
	m.Rel = r.uint32()
	r.text() // schema
	r.text() // name
	r.byte() // replica identity
	for range r.uint16() {
		m.Columns = append(m.Columns, Column{Key: r.byte()&1 != 0, Name: r.text(), Type: r.uint32(), Mod: int32(r.uint32())})
		if r.bad {
			return
		}
	}
}

// rows reads the images of a row: the last of kinds must come, those before it may.
func (m *Message) rows(r *reader, kinds string) {
	for {
		kind := r.byte()
		switch {
		case r.bad || !slices.Contains([]byte(kinds), kind):
			r.bad = true
			return
		case kind == 'N':
			m.New = r.tuple()
			return
		}
		if m.Old = r.tuple(); kinds == "KO" {
			return
		}
		kinds = "N"
	}
}

// epoch is where Postgres' clock begins.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// reader takes numbers and texts off the front of bytes.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.b, r.bad = nil, true
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint16() uint16 {
	if b := r.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *reader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *reader) time() time.Time {
	return epoch.Add(time.Duration(int64(r.uint64())) * time.Microsecond)
}

func (r *reader) text() string {
	end := bytes.IndexByte(r.b, 0)
	if end < 0 {
		r.bad = true
		return ""
	}
	s := string(r.b[:end])
	r.b = r.b[end+1:]
	return s
}
