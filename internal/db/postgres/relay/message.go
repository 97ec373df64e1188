package relay

import (
	"encoding/binary"
	"errors"

	"github.com/plinth-dev/plinth/internal/db"
)

// MaxMessage bounds a message; more is read from the log, where many share a look.
const MaxMessage = 64 << 10

// Row is one change as the log has it.
type Row struct {
	Tx       uint64
	Rel      uint32 // the table's OID
	Op       db.Op
	Shape    string // of the table's columns
	Old, New []byte // nil for NULL
	At       int64  // microseconds since 1970
	// A Feed knows more:
	Ends  bool   // its transaction
	Stamp string // of the schema when it was written, see package postgres
}

func (r *Row) size() int { return rowBytes + len(r.Old) + len(r.New) }

// Batch is what a leader wrote at once: the changes with the numbers after Prev up to
// Last, or none of them, where they are too many.
type Batch struct {
	Token      uint64
	Epoch      uint32
	Prev, Last uint64
	Stamp      string
	Rows       []Row
}

// Word is the batch without its rows.
func (b *Batch) Word() *Batch {
	return &Batch{Token: b.Token, Epoch: b.Epoch, Prev: b.Prev, Last: b.Last}
}

// Kinds of a message.
const (
	numbered  = 'N'
	forgotten = 'F'
)

// Append writes b as a message, its word alone where that would be too long.
func (b *Batch) Append(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, numbered)
	for _, n := range []uint64{b.Token, uint64(b.Epoch), b.Prev, b.Last} {
		dst = binary.AppendUvarint(dst, n)
	}
	dst = appendText(dst, b.Stamp)
	shape := ""
	for i := range b.Rows {
		if len(dst)-start > MaxMessage {
			break
		}
		r := &b.Rows[i]
		dst = binary.AppendUvarint(dst, r.Tx)
		dst = binary.AppendUvarint(dst, uint64(r.Rel))
		dst = append(dst, byte(r.Op))
		if r.Shape == shape {
			dst = append(dst, 0) // as before
		} else {
			shape = r.Shape
			dst = appendText(dst, shape)
		}
		dst = binary.AppendVarint(dst, r.At)
		dst = appendImage(appendImage(dst, r.Old), r.New)
	}
	if len(b.Rows) > 0 && len(dst)-start > MaxMessage {
		return b.Word().Append(dst[:start])
	}
	return dst
}

// AppendForget writes that what is up to a place is to be forgotten.
func AppendForget(dst []byte, upTo db.Position) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(append(dst, forgotten), uint64(upTo.Epoch)), upTo.Seq)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendImage(b, image []byte) []byte {
	if image == nil {
		return append(b, 0)
	}
	return append(binary.AppendUvarint(b, uint64(len(image))+1), image...)
}

var errMessage = errors.New("relay: not a message")

// Hear takes another node's message. One that is empty is an older node's, which rings.
func (f *Feed) Hear(msg []byte) error {
	if len(msg) == 0 {
		f.Wake()
		return nil
	}
	r := &reader{b: msg[1:]}
	switch msg[0] {
	case numbered:
		b := r.batch()
		if r.bad {
			return errMessage
		}
		f.Take(b)
	case forgotten:
		at := db.Position{Epoch: uint32(r.uvarint()), Seq: r.uvarint()}
		if r.bad {
			return errMessage
		}
		f.Forget(at)
	default:
		return errMessage
	}
	return nil
}

// reader takes a message apart; bad is set where it ends too soon or says nonsense.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) batch() *Batch {
	b := &Batch{Token: r.uvarint(), Epoch: uint32(r.uvarint()), Prev: r.uvarint(), Last: r.uvarint(), Stamp: string(r.bytes(r.uvarint()))}
	shape := ""
	for len(r.b) > 0 {
		row := Row{Tx: r.uvarint(), Rel: uint32(r.uvarint()), Op: db.Op(r.byte())}
		if own := r.bytes(r.uvarint()); len(own) > 0 {
			shape = string(own)
		}
		row.Shape = shape
		row.At = r.varint()
		row.Old, row.New = r.image(), r.image()
		b.Rows = append(b.Rows, row)
	}
	r.bad = r.bad || b.Last < b.Prev || len(b.Rows) > 0 && b.Last-b.Prev != uint64(len(b.Rows))
	return b
}

func (r *reader) fail() { r.bad, r.b = true, nil }

func (r *reader) uvarint() uint64 {
	n, w := binary.Uvarint(r.b)
	if w <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[w:]
	return n
}

func (r *reader) varint() int64 {
	n, w := binary.Varint(r.b)
	if w <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[w:]
	return n
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	b := r.b[0]
	r.b = r.b[1:]
	return b
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

// image is nil for NULL; an empty one is none of a table's.
func (r *reader) image() []byte {
	n := r.uvarint()
	if n == 0 {
		return nil
	}
	return r.bytes(n - 1)
}
