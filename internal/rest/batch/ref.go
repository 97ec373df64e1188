package batch

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// ref is a reference that was read.
type ref struct {
	text  string
	item  int
	steps []string // of the JSON Pointer
}

// may reports whether raw can hold a reference or a $value, so that most values need
// no walk and stay as they were sent.
func may(raw []byte) bool {
	return bytes.Contains(raw, []byte(`$ref`)) || bytes.Contains(raw, []byte(`$value`)) || bytes.Contains(raw, []byte(`\u0024`))
}

// check counts the references of item i and finds those that are wrong.
func (b *Batch) check(i int) (int, error) {
	n := 0
	walk := walker{each: func(text string) ([]byte, error) {
		r, err := b.ref(text, i)
		if err != nil {
			return nil, err
		}
		n++
		b.Items[r.item].Kept = true
		return []byte("null"), nil
	}}
	it := b.Items[i]
	if _, err := walk.expand(it.Body, 0); err != nil {
		return 0, at(i, err)
	}
	for _, m := range it.Query {
		if _, err := walk.expand(m.Value, 0); err != nil {
			return 0, at(i, err)
		}
	}
	return n, nil
}

func at(i int, err error) error {
	f := fault.From(err)
	return f.WithDetail("Item " + strconv.Itoa(i) + ": " + f.Detail)
}

// ref reads "item#/pointer", which must speak of an item before end.
func (b *Batch) ref(text string, end int) (ref, error) {
	name, pointer, ok := strings.Cut(text, "#")
	bad := func(why string) (ref, error) {
		return ref{}, errReference.WithDetail(strconv.Quote(text) + " " + why)
	}
	if !ok || pointer != "" && pointer[0] != '/' {
		return bad("is not an item, #, and a JSON Pointer such as /0/id.")
	}
	r := ref{text: text, item: b.find(name, end)}
	if n, err := strconv.Atoi(name); err == nil {
		r.item = n
	}
	if r.item < 0 || r.item >= end || name == "" {
		return bad("names no earlier item.")
	}
	if pointer != "" {
		r.steps = strings.Split(pointer[1:], "/")
	}
	if len(r.steps) > maxDepth {
		return bad("has more than 64 steps.")
	}
	for i, s := range r.steps {
		r.steps[i] = strings.ReplaceAll(strings.ReplaceAll(s, "~1", "/"), "~0", "~")
	}
	return r, nil
}

// find follows the pointer through v.
func (r *ref) find(v any) (any, bool) {
	for _, step := range r.steps {
		switch at := v.(type) {
		case map[string]any:
			next, ok := at[step]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n < 0 || n >= len(at) || strconv.Itoa(n) != step {
				return nil, false
			}
			v = at[n]
		default:
			return nil, false
		}
	}
	return v, true
}

// walker replaces references by what each returns.
type walker struct {
	each  func(ref string) ([]byte, error)
	limit int // of the text that comes out; 0 = none
}

// expand returns raw with its references replaced. What holds none comes back as it is.
func (w *walker) expand(raw json.RawMessage, depth int) (json.RawMessage, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] != '{' && raw[0] != '[' || !may(raw) {
		return raw, nil
	}
	if depth > maxDepth {
		return nil, errReference.WithDetail("A reference is nested more than 64 levels deep.")
	}
	if raw[0] == '[' {
		return w.array(raw, depth)
	}
	list, ok := members(raw)
	if !ok {
		return nil, invalid("a value is not valid JSON.")
	}
	if len(list) == 1 {
		switch list[0].Name {
		case "$value":
			return list[0].Value, nil
		case "$ref":
			var text string
			if json.Unmarshal(list[0].Value, &text) != nil {
				return nil, errReference.WithDetail("$ref is no text.")
			}
			return w.each(text)
		}
	}
	return w.object(list, depth)
}

func (w *walker) object(list []Member, depth int) (json.RawMessage, error) {
	out := []byte{'{'}
	for i, m := range list {
		if i > 0 {
			out = append(out, ',')
		}
		val, err := w.expand(m.Value, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, encode(m.Name)...), ':'), val...)
		if w.limit > 0 && len(out) > w.limit {
			return nil, errLarge
		}
	}
	return append(out, '}'), nil
}

func (w *walker) array(raw json.RawMessage, depth int) (json.RawMessage, error) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil, invalid("a value is not valid JSON.")
	}
	out := []byte{'['}
	for i, v := range list {
		if i > 0 {
			out = append(out, ',')
		}
		val, err := w.expand(v, depth+1)
		if err != nil {
			return nil, err
		}
		if out = append(out, val...); w.limit > 0 && len(out) > w.limit {
			return nil, errLarge
		}
	}
	return append(out, ']'), nil
}

// encode writes v as JSON, without HTML's escapes.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // v was read from JSON
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

var (
	errReference = fault.New(fault.Invalid, "PLR032", "A reference is wrong").
			WithHint(`A reference is {"$ref": "item#/pointer"}, with the id or the index of an earlier item and a JSON Pointer into its body.`)
	errMissing = fault.New(fault.Invalid, "PLR033", "A reference has no value").
			WithHint("Did the earlier item answer with its rows (Prefer: return=representation), and were there any?")
	errLarge = fault.New(fault.TooLarge, "PLR011", "The request body is too large").
			WithDetail("With its references replaced it is larger than a body may be.")
)
