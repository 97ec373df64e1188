package rest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
	"github.com/plinth-dev/plinth/internal/wire"
)

// body is the body of a write or a call: rows of members.
type body struct {
	raw    []byte // as sent
	text   []byte // the JSON of the rows: as sent, or made of CSV or a form
	single bool   // text is one object, not an array
	keys   []string
	rows   []span // the objects of text
	uneven bool   // the objects' members differ
	bad    bool   // an element is no object
	long   bool   // there are more rows than maxRows
	// members of the object at hand, by name
	members map[string][]byte
}

// Bounds on what one request writes.
const (
	maxRows = 100_000
	maxRuns = 1000 // statements
)

// span is a part of the text.
type span struct{ start, end int }

// mediaOf returns the media type of a request's body.
func mediaOf(r *http.Request) string {
	ct := r.Header.Get("Content-Type")
	if ct == "" || ct == "application/json" {
		return "application/json"
	}
	mt, _, err := mime.ParseMediaType(ct)
	if err != nil {
		mt, _, _ = strings.Cut(ct, ";")
		return strings.ToLower(strings.TrimSpace(mt))
	}
	return mt
}

// readBody reads the rows of a write.
func (s *Service) readBody(w http.ResponseWriter, r *http.Request) (*body, error) {
	raw, err := wire.ReadBody(w, r, s.cfg.MaxBody)
	if err != nil {
		return nil, err
	}
	b := &body{raw: raw, text: raw}
	switch mt := mediaOf(r); mt {
	case "application/json", "application/vnd.pgrst.object+json", "application/vnd.pgrst.array+json":
	case "text/csv":
		if b.text, err = csvToJSON(raw); err != nil {
			return nil, err
		}
	case "application/x-www-form-urlencoded":
		if b.text, err = formToJSON(raw); err != nil {
			return nil, err
		}
	default:
		return nil, errContentType(mt)
	}
	return b, b.scan()
}

// scan finds the rows and their members.
func (b *body) scan() error {
	if !json.Valid(b.text) {
		return errBody
	}
	if !utf8.Valid(b.text) {
		return errUTF8
	}
	i := skipSpace(b.text, 0)
	switch b.text[i] {
	case '{':
		b.single = true
		b.row(i)
	case '[':
		for i = skipSpace(b.text, i+1); b.text[i] != ']'; {
			end := skipValue(b.text, i)
			if b.text[i] == '{' {
				b.row(i)
			} else {
				b.bad = true
			}
			if i = skipSpace(b.text, end); b.text[i] == ',' {
				i = skipSpace(b.text, i+1)
			}
		}
	default:
		return errBody
	}
	if b.long {
		return errRows
	}
	return nil
}

// row adds the object at i.
func (b *body) row(i int) {
	end := skipValue(b.text, i)
	if len(b.rows) == maxRows {
		b.long = true
		return
	}
	b.rows = append(b.rows, span{i, end})
	n := 0
	if len(b.rows) == 1 {
		eachMember(b.text, i, func(key string, _ []byte) {
			if !slices.Contains(b.keys, key) {
				b.keys = append(b.keys, key)
			}
		})
		return
	}
	seen := map[string]bool{}
	eachMember(b.text, i, func(key string, _ []byte) {
		if n < len(b.keys) && b.keys[n] == key && !seen[key] {
			n++
			return
		}
		if !slices.Contains(b.keys, key) {
			b.uneven = true
		}
		seen[key] = true
	})
	if n != len(b.keys) && !b.uneven {
		b.uneven = !b.hasAll(i)
	}
}

// hasAll reports whether the object at i has every member of the first one.
func (b *body) hasAll(i int) bool {
	have := map[string]bool{}
	eachMember(b.text, i, func(key string, _ []byte) { have[key] = true })
	for _, k := range b.keys {
		if !have[k] {
			return false
		}
	}
	return true
}

// at makes row i the one that member reads.
func (b *body) at(i int) {
	b.members = map[string][]byte{}
	if i < len(b.rows) {
		eachMember(b.text, b.rows[i].start, func(key string, val []byte) { b.members[key] = val })
	}
}

// slice returns a body of the rows from i to j.
func (b *body) slice(i, j int) *body {
	c := &body{text: b.text, rows: b.rows[i:j], single: j-i == 1}
	if j-i == 1 {
		c.text = b.text[b.rows[i].start:b.rows[i].end]
		c.rows = []span{{0, len(c.text)}}
		return c
	}
	c.text = append([]byte{'['}, b.text[b.rows[i].start:b.rows[j-1].end]...)
	c.text = append(c.text, ']')
	return c
}

// array is the text as a JSON array.
func (b *body) array() string {
	if b.single {
		return "[" + string(b.text) + "]"
	}
	return string(b.text)
}

// member is a member of the row at hand, as the text of a value of type t.
func (b *body) member(name string, t *value.Type) (any, error) {
	if b.members == nil {
		b.at(0)
	}
	val, ok := b.members[name]
	if !ok {
		return nil, nil
	}
	return memberText(val, t)
}

// csvToJSON reads CSV whose first line names the columns; NULL is null.
func csvToJSON(raw []byte) ([]byte, error) {
	rd := csv.NewReader(bytes.NewReader(raw))
	lines, err := rd.ReadAll()
	if err != nil {
		return nil, errCSV
	}
	if len(lines) == 0 {
		return nil, errBody
	}
	out := []byte{'['}
	for i, line := range lines[1:] {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '{')
		for j, v := range line {
			if j > 0 {
				out = append(out, ',')
			}
			out = append(append(out, quote(lines[0][j])...), ':')
			if v == "NULL" {
				out = append(out, "null"...)
			} else {
				out = append(out, quote(v)...)
			}
		}
		out = append(out, '}')
	}
	return append(out, ']'), nil
}

// formToJSON reads an HTML form; of a repeated key the last value counts.
func formToJSON(raw []byte) ([]byte, error) {
	form, err := url.ParseQuery(string(raw))
	if err != nil {
		return nil, fault.New(fault.Invalid, "PGRST102", "Invalid form data")
	}
	m := make(map[string]string, len(form))
	for k, v := range form {
		m[k] = v[len(v)-1]
	}
	return []byte(jsonText(m)), nil
}
