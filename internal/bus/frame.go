package bus

import (
	"encoding/binary"
	"errors"
)

const (
	control    = "ctl"
	maxNode    = 64
	maxSubject = 256
)

func inbox(node string) string { return control + "." + node }

// kind of a frame.
type kind byte

const (
	data   kind = 1 + iota // a message, or the last part of one
	part                   // more of it follows
	beat                   // a node lives; and what it published lately
	ask                    // for messages that are missing
	resend                 // one of them
	gone                   // they are no more
	bye                    // a node goes
	many                   // messages of one subject that left together
)

// frame is one that was read. Its slices are those of the bytes.
type frame struct {
	kind    kind
	node    string
	subject string // of ask, resend and gone
	seq     uint64 // of data and part; of ask and gone: up to which
	prev    uint64 // the one before it on the subject, 0 where that is not known; of ask: what is there
	body    []byte
	heads   []subjectHead
}

type subjectHead struct {
	subject string
	seq     uint64
}

var errFrame = errors.New("bus: not a frame")

func appendStart(b []byte, k kind, node string) []byte {
	return appendText(append(b, byte(k)), node)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendData(b []byte, node string, k kind, f frame) []byte {
	b = appendStart(b, k, node)
	b = binary.AppendUvarint(b, f.seq)
	b = binary.AppendUvarint(b, f.prev)
	return append(b, f.body...)
}

func appendBye(b []byte, node string) []byte { return appendStart(b, bye, node) }

// appendMany writes frames as one.
func appendMany(b []byte, node string, frames [][]byte) []byte {
	b = appendStart(b, many, node)
	for _, f := range frames {
		b = append(binary.AppendUvarint(b, uint64(len(f))), f...)
	}
	return b
}

// each calls fn for the messages of many.
func (f *frame) each(fn func(m frame)) {
	r := &reader{b: f.body}
	for len(r.b) > 0 {
		n := r.uvarint()
		if r.bad || n > uint64(len(r.b)) {
			return
		}
		if m, err := parse(r.b[:n:n]); err == nil && m.node == f.node && (m.kind == data || m.kind == part) {
			fn(m)
		}
		r.b = r.b[n:]
	}
}

func appendBeat(b []byte, node string, heads []subjectHead) []byte {
	b = appendStart(b, beat, node)
	for _, h := range heads {
		b = appendText(b, h.subject)
		b = binary.AppendUvarint(b, h.seq)
	}
	return b
}

// appendAbout writes ask, resend and gone.
func appendAbout(b []byte, node string, k kind, f frame) []byte {
	b = appendStart(b, k, node)
	b = appendText(b, f.subject)
	if k == resend {
		return append(b, f.body...)
	}
	return binary.AppendUvarint(binary.AppendUvarint(b, f.seq), f.prev)
}

// reader takes a frame's bytes apart; bad is set where they end too soon.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uvarint() uint64 {
	n, w := binary.Uvarint(r.b)
	if w <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[w:]
	return n
}

func (r *reader) text(most int) string {
	n := r.uvarint()
	if r.bad || n > uint64(len(r.b)) || n > uint64(most) {
		r.bad, r.b = true, nil
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func parse(b []byte) (f frame, err error) {
	if len(b) == 0 {
		return f, errFrame
	}
	r := &reader{b: b[1:]}
	f.kind, f.node = kind(b[0]), r.text(maxNode)
	switch f.kind {
	case data, part:
		f.seq, f.prev = r.uvarint(), r.uvarint()
		f.body = r.b
	case beat:
		for len(r.b) > 0 {
			h := subjectHead{r.text(maxSubject), r.uvarint()}
			f.heads = append(f.heads, h)
		}
	case resend:
		f.subject, f.body = r.text(maxSubject), r.b
	case ask, gone:
		f.subject, f.seq, f.prev = r.text(maxSubject), r.uvarint(), r.uvarint()
	case many:
		f.body = r.b
	case bye:
	default:
		return f, errFrame
	}
	if r.bad || f.node == "" || (f.kind == data || f.kind == part) && f.seq <= f.prev {
		return f, errFrame
	}
	return f, nil
}
