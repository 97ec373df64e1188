package mesh

import (
	"bytes"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
)

// FuzzMessage: what reads as a message is written so that it reads the same.
func FuzzMessage(f *testing.F) {
	pos := db.Position{Epoch: 3, Seq: 77}
	list := []Entry{{Key: "ann", Ref: "r1", Body: []byte(`{"on":1}`)}}
	for _, m := range []message{
		{kind: cast, body: []byte("hello")}, {kind: delta, prev: 1, ver: 2, joins: list, leaves: list}, {kind: ask, always: true, topics: []id{{1}, {2}}},
		{kind: state, topic: id{1}, ver: 5, head: 6, joins: list}, {kind: load, count: 9}, {kind: recall, req: 4, private: true, session: "s", name: "n"},
		{kind: told, req: 4, known: true, pos: pos, age: time.Second}, {kind: sit, session: "s", name: "n"}, {kind: hand, session: "s", name: "n", private: true, pos: pos},
		{kind: sitting, topics: []id{{7}}}, {kind: where},
	} {
		text := m.append(nil)
		back, err := parse(text)
		if err != nil || back.kind != m.kind || back.session != m.session || back.pos != m.pos || len(back.topics) != len(m.topics) || len(back.joins) != len(m.joins) {
			f.Errorf("%q reads as %+v, %v", text, back, err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parse(b)
		if err != nil {
			return
		}
		once := m.append(nil)
		again, err := parse(once)
		if err != nil {
			t.Fatalf("%x is written as %x, which does not read: %v", b, once, err)
		}
		if twice := again.append(nil); !bytes.Equal(once, twice) {
			t.Errorf("%x is written as %x and then as %x", b, once, twice)
		}
	})
}
