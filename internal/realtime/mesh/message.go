package mesh

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
)

// kind of a message.
type kind byte

const (
	cast   kind = 'B' // a broadcast, on the topic's subject
	delta  kind = 'D' // who came and went at a node, likewise
	ask    kind = 'A' // for the state of topics
	state  kind = 'S' // of one topic at a node
	load   kind = 'L' // what a node carries
	recall kind = 'R' // where was a client told up to?
	told   kind = 'P' // there

	sit     kind = 'J' // a client listens here
	hand    kind = 'H' // up to where a client was told by a node that ends
	sitting kind = 'W' // who listens at a node
	where   kind = 'Q' // asks for it
)

// Entry is one presence: what a channel says of itself under a key.
type Entry struct {
	Key  string
	Ref  string // of it alone, wherever it is
	Body []byte // JSON; nil in a list of those who left
}

type id = [16]byte // of a topic

// message is any of them; each kind uses some of the fields.
type message struct {
	kind          kind
	topic         id
	topics        []id
	prev, ver     uint64
	head          uint64
	req           uint64
	count         int
	always, known bool
	private       bool
	pos           db.Position
	age           time.Duration
	session, name string
	joins, leaves []Entry
	body          []byte
}

var errMessage = errors.New("mesh: not a message")

func appendText[T string | []byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendEntries(b []byte, list []Entry) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, e := range list {
		b = appendText(appendText(appendText(b, e.Key), e.Ref), e.Body)
	}
	return b
}

func appendTopics(b []byte, list []id) []byte {
	for _, t := range list {
		b = append(b, t[:]...)
	}
	return b
}

func appendFlag(b []byte, f bool) []byte {
	if f {
		return append(b, 1)
	}
	return append(b, 0)
}

// append writes m.
func (m *message) append(b []byte) []byte {
	b = append(b, byte(m.kind))
	switch m.kind {
	case cast:
		b = append(b, m.body...)
	case delta:
		b = binary.AppendUvarint(binary.AppendUvarint(b, m.prev), m.ver)
		b = appendEntries(appendEntries(b, m.joins), m.leaves)
	case ask:
		b = appendTopics(appendFlag(b, m.always), m.topics)
	case sitting:
		b = appendTopics(b, m.topics)
	case sit, hand:
		b = appendText(appendText(appendFlag(b, m.private), m.session), m.name)
		b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(m.pos.Epoch)), m.pos.Seq)
	case state:
		b = append(b, m.topic[:]...)
		b = binary.AppendUvarint(binary.AppendUvarint(b, m.ver), m.head)
		b = appendEntries(b, m.joins)
	case load:
		b = binary.AppendUvarint(b, uint64(m.count))
	case recall:
		b = appendFlag(binary.AppendUvarint(b, m.req), m.private)
		b = appendText(appendText(b, m.session), m.name)
	case told:
		b = appendFlag(binary.AppendUvarint(b, m.req), m.known)
		b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(m.pos.Epoch)), m.pos.Seq)
		b = binary.AppendUvarint(b, uint64(m.age))
	}
	return b
}

// reader takes bytes apart; bad is set where they end too soon.
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

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) flag() bool {
	b := r.bytes(1)
	return len(b) == 1 && b[0] == 1
}

func (r *reader) id() (t id) {
	copy(t[:], r.bytes(uint64(len(t))))
	return t
}

// ids reads to the end.
func (r *reader) ids() (list []id) {
	for len(r.b) > 0 && !r.bad {
		list = append(list, r.id())
	}
	return list
}

func (r *reader) entries() []Entry {
	n := r.uvarint()
	if n > uint64(len(r.b)) { // each has three bytes at least
		r.bad = true
		return nil
	}
	list := make([]Entry, 0, min(n, 1024))
	for range n {
		e := Entry{Key: string(r.bytes(r.uvarint())), Ref: string(r.bytes(r.uvarint())), Body: r.bytes(r.uvarint())}
		if r.bad {
			return nil
		}
		list = append(list, e)
	}
	return list
}

func parse(b []byte) (m message, err error) {
	if len(b) == 0 {
		return m, errMessage
	}
	r := &reader{b: b[1:]}
	m.kind = kind(b[0])
	switch m.kind {
	case cast:
		m.body = r.b
	case delta:
		m.prev, m.ver = r.uvarint(), r.uvarint()
		m.joins, m.leaves = r.entries(), r.entries()
	case ask:
		m.always = r.flag()
		m.topics = r.ids()
	case sitting:
		m.topics = r.ids()
	case where:
	case sit, hand:
		m.private = r.flag()
		m.session, m.name = string(r.bytes(r.uvarint())), string(r.bytes(r.uvarint()))
		m.pos = db.Position{Epoch: uint32(r.uvarint()), Seq: r.uvarint()}
	case state:
		m.topic, m.ver, m.head, m.joins = r.id(), r.uvarint(), r.uvarint(), r.entries()
	case load:
		m.count = int(min(r.uvarint(), 1<<30))
	case recall:
		m.req, m.private = r.uvarint(), r.flag()
		m.session, m.name = string(r.bytes(r.uvarint())), string(r.bytes(r.uvarint()))
	case told:
		m.req, m.known = r.uvarint(), r.flag()
		m.pos = db.Position{Epoch: uint32(r.uvarint()), Seq: r.uvarint()}
		m.age = time.Duration(min(r.uvarint(), uint64(24*time.Hour)))
	default:
		return m, errMessage
	}
	if r.bad {
		return m, errMessage
	}
	return m, nil
}
