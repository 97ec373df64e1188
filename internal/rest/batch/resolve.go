package batch

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/rest/query"
)

// Results are the bodies of the items that have run, and what they hold.
type Results struct {
	batch  *Batch
	bodies [][]byte
	values []any
	failed []bool
}

// maxResult bounds the result that can be referred to: it is held as values.
const maxResult = 4 << 20

// NewResults returns the results of a batch of which nothing has run.
func (b *Batch) NewResults() *Results {
	n := len(b.Items)
	return &Results{batch: b, bodies: make([][]byte, n), values: make([]any, n), failed: make([]bool, n)}
}

// Set keeps the result of item i, where a later one refers to it. body is copied.
func (r *Results) Set(i int, body []byte) {
	if r.batch.Items[i].Kept {
		r.bodies[i] = bytes.Clone(body)
	}
}

// Fail says that item i has no result.
func (r *Results) Fail(i int) { r.failed[i] = true }

// value returns what a reference stands for.
func (r *Results) value(text string, end int) (any, error) {
	ref, err := r.batch.ref(text, end)
	if err != nil {
		return nil, err
	}
	if r.failed[ref.item] {
		return nil, errFailed.WithDetail("The item that " + text + " refers to failed.")
	}
	if r.values[ref.item] == nil {
		if len(r.bodies[ref.item]) > maxResult {
			return nil, errMissing.WithDetail("The result that " + text + " refers to is larger than 4 MB.")
		}
		d := json.NewDecoder(bytes.NewReader(r.bodies[ref.item]))
		d.UseNumber()
		if d.Decode(&r.values[ref.item]) != nil {
			return nil, errMissing.WithDetail("The item that " + text + " refers to answered without JSON.")
		}
	}
	v, ok := ref.find(r.values[ref.item])
	if !ok {
		return nil, errMissing.WithDetail(text + " leads nowhere.")
	}
	return v, nil
}

// Body returns the body of item i with its references replaced, of at most limit bytes.
func (r *Results) Body(i, limit int) ([]byte, error) {
	w := walker{limit: limit, each: func(text string) ([]byte, error) {
		v, err := r.value(text, i)
		if err != nil {
			return nil, err
		}
		return encode(v), nil
	}}
	return w.expand(r.batch.Items[i].Body, 0)
}

// Query returns the query of item i: what is literal as a query string to append, the
// rest as parameters. In a call of a function a reference may be an argument.
func (r *Results) Query(i int, call bool) (string, []query.Param, error) {
	var literal strings.Builder
	var params []query.Param
	for _, m := range r.batch.Items[i].Query {
		if text, ok := literalText(m.Value); ok {
			literal.WriteString("&" + url.QueryEscape(m.Name) + "=" + url.QueryEscape(text))
			continue
		}
		list, ok := members(m.Value)
		if !ok || len(list) == 0 {
			return "", nil, errPlace(m.Name)
		}
		for _, op := range list {
			if text, ok := literalText(op.Value); ok && op.Name != "$ref" && !bound(m.Name, op.Name) {
				literal.WriteString("&" + url.QueryEscape(m.Name) + "=" + url.QueryEscape(op.Name+"."+text))
				continue
			}
			p, err := r.param(i, m.Name, op, call)
			if err != nil {
				return "", nil, err
			}
			params = append(params, p)
		}
	}
	return literal.String(), params, nil
}

// bound reports whether a filter of that operator leaves its value to be bound.
func bound(key, op string) bool {
	_, ok := query.FilterParam(key, op, "")
	return ok
}

// literalText is a scalar as it would stand in a URL.
func literalText(raw json.RawMessage) (string, bool) {
	var s string
	if json.Unmarshal(raw, &s) == nil && len(raw) > 0 && raw[0] == '"' {
		return s, true
	}
	if len(raw) > 0 && raw[0] != '{' && raw[0] != '[' {
		return string(raw), true
	}
	return "", false
}

// param is one filter or argument whose value is bound.
func (r *Results) param(i int, key string, op Member, call bool) (query.Param, error) {
	if op.Name == "$ref" {
		text, err := r.scalar(i, op.Value)
		if err != nil {
			return query.Param{}, err
		}
		p, ok := query.ArgParam(key, text)
		if !call || !ok {
			return p, errPlace(key)
		}
		return p, nil
	}
	v, err := r.operand(i, op.Value)
	if err != nil {
		return query.Param{}, err
	}
	text, err := filterText(op.Name, v)
	if err != nil {
		return query.Param{}, err
	}
	p, ok := query.FilterParam(key, op.Name, text)
	if !ok {
		return p, errPlace(key)
	}
	return p, nil
}

// operand is the value of a filter: a literal, a reference, or an array of them.
func (r *Results) operand(i int, raw json.RawMessage) (any, error) {
	w := walker{each: func(text string) ([]byte, error) {
		v, err := r.value(text, i)
		return encode(v), err
	}}
	text, err := w.expand(raw, 0)
	if err != nil {
		return nil, err
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return nil, invalid("a filter's value is not valid JSON.")
	}
	return v, nil
}

// scalar is the text that a reference to a scalar stands for.
func (r *Results) scalar(i int, raw json.RawMessage) (string, error) {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return "", errReference.WithDetail("$ref is no text.")
	}
	v, err := r.value(text, i)
	if err != nil {
		return "", err
	}
	return filterText("", v)
}

var (
	errFailed = func() *fault.Error {
		f := fault.New(fault.Invalid, "PLR034", "An earlier item failed")
		f.Status = 424
		return f
	}()
	errNull = errMissing.WithDetail("A filter's value is null, which equals nothing.").
		WithHint(`Use {"is": null} to look for null.`)
)

func errPlace(key string) error {
	return errReference.WithDetail("The member " + key + " of query can't hold what it does.").
		WithHint(`A filter is {"column": {"operator": value}}; an argument of a function is {"name": {"$ref": …}}. What a query selects and orders by is never a reference.`)
}
