package pgoutput

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// sample builds messages by hand, as the manual describes them.
func sample() map[string][]byte {
	be := binary.BigEndian
	row := Append(nil, []Datum{{Kind: Text, Text: []byte("7")}, {Kind: Null}, {Kind: Unchanged}, {Kind: Text, Text: []byte{}}})
	rel := append(be.AppendUint32([]byte{Relation}, 9), "public\x00notes\x00d"...)
	rel = be.AppendUint16(rel, 1)
	rel = append(rel, "\x01id\x00"...)
	rel = be.AppendUint32(be.AppendUint32(rel, 23), 0xFFFFFFFF)
	head := func(kind byte) []byte { return be.AppendUint32([]byte{kind}, 9) }
	return map[string][]byte{
		"begin":    be.AppendUint32(be.AppendUint64(be.AppendUint64([]byte{Begin}, 1), 2_000_000), 77),
		"commit":   be.AppendUint64(be.AppendUint64(be.AppendUint64([]byte{Commit, 0}, 5), 6), 0),
		"relation": rel,
		"insert":   append(append(head(Insert), 'N'), row...),
		"update":   append(append(append(append(head(Update), 'K'), row...), 'N'), row...),
		"delete":   append(append(head(Delete), 'O'), row...),
		"truncate": be.AppendUint32(append(be.AppendUint32([]byte{Truncate}, 1), 0), 9),
		"message":  append(be.AppendUint64([]byte{Logical, 1}, 8), "plinth\x00\x00\x00\x00\x00"...),
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	var m Message
	for name, src := range sample() {
		if err := m.Parse(src); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		switch name {
		case "begin":
			if m.XID != 77 || m.At.Format("05") != "02" {
				t.Errorf("%+v", m)
			}
		case "commit":
			if m.LSN != 6 {
				t.Errorf("%+v", m)
			}
		case "relation":
			if m.Rel != 9 || len(m.Columns) != 1 || m.Columns[0] != (Column{"id", true, 23, -1}) {
				t.Errorf("%+v", m)
			}
		case "insert", "update", "delete":
			if m.Rel != 9 || (m.New == nil) != (name == "delete") || (m.Old == nil) != (name == "insert") {
				t.Errorf("%s: %+v", name, m)
			}
		case "truncate":
			if len(m.Rels) != 1 || m.Rels[0] != 9 {
				t.Errorf("%+v", m)
			}
		case "message":
			if m.Prefix != "plinth" {
				t.Errorf("%+v", m)
			}
		}
		for n := range len(src) { // whatever is cut short is refused or says less, and no more
			_ = m.Parse(src[:n])
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, src := range sample() {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		var m Message
		if m.Parse(src) != nil {
			return
		}
		for _, row := range []Tuple{m.Old, m.New} {
			if row == nil {
				continue
			}
			data, err := row.Data()
			if err != nil {
				t.Fatalf("a row was taken that cannot be read: %x", row)
			}
			if back := Append(nil, data); !bytes.Equal(back, row) {
				t.Fatalf("%x became %x", row, back)
			}
		}
	})
}
