package pgoutput

import (
	"encoding/binary"
	"slices"
)

// Tuple is a row as the protocol has it: the number of columns, and each with its kind.
type Tuple []byte

// Kinds of a column in a Tuple.
const (
	Null      = 'n'
	Text      = 't'
	Unchanged = 'u' // a large value that the statement did not touch: the log has it not
	Read      = 'r' // such a value, as the table had it afterwards; no server sends these
	ReadNull  = 'z'
)

// Datum is one column of a row.
type Datum struct {
	Kind byte
	Text []byte // of Text and Read
}

// tuple takes a row; it is looked through, so that who reads it later finds it whole.
func (r *reader) tuple() Tuple {
	whole := r.b
	n := r.uint16()
	for range n {
		if r.datum(); r.bad {
			return nil
		}
	}
	if r.bad {
		return nil
	}
	used := len(whole) - len(r.b)
	return Tuple(whole[:used:used])
}

func (r *reader) datum() Datum {
	d := Datum{Kind: r.byte()}
	switch d.Kind {
	case Null, Unchanged, ReadNull:
	case Text, Read:
		n := r.uint32()
		if d.Text = r.take(int(min(n, 1<<30+1))); d.Text == nil {
			r.bad = true
		}
	default:
		r.bad = true
	}
	return d
}

// Data returns a row's columns; they share its bytes.
func (t Tuple) Data() ([]Datum, error) {
	r := reader{b: t}
	n := int(r.uint16())
	out := make([]Datum, 0, min(n, len(t)))
	for range n {
		if out = append(out, r.datum()); r.bad {
			return nil, ErrMalformed
		}
	}
	if r.bad || len(r.b) > 0 {
		return nil, ErrMalformed
	}
	return out, nil
}

// Lacks reports whether the log did not carry some of the row. Its columns are each
// looked at by their heads alone.
func (t Tuple) Lacks() bool {
	data, err := t.Data()
	return err == nil && slices.ContainsFunc(data, func(d Datum) bool { return d.Kind == Unchanged })
}

// Append appends the tuple of some columns.
func Append(dst []byte, data []Datum) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(data)))
	for _, d := range data {
		dst = append(dst, d.Kind)
		if d.Kind == Text || d.Kind == Read {
			dst = binary.BigEndian.AppendUint32(dst, uint32(len(d.Text)))
			dst = append(dst, d.Text...)
		}
	}
	return dst
}
