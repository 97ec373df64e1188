package batch

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Bounds on a batch.
const (
	MaxItems = 100
	maxID    = 64
	maxRefs  = 500
	maxDepth = 64 // of what holds references, and of pointers
)

// Batch is a parsed body.
type Batch struct {
	Each  bool // every item in a transaction of its own
	Items []*Item
}

// Item is one request.
type Item struct {
	ID      string
	Method  string
	Path    string // with the literal part of the query string
	Headers map[string]string
	Query   []Member // the rest of the query string
	Body    json.RawMessage
	// Kept says that a later item refers to this one's result.
	Kept bool
}

// Member is one member of an object, in the order of the text.
type Member struct {
	Name  string
	Value json.RawMessage
}

type rawItem struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	Query   json.RawMessage   `json:"query"`
	Body    json.RawMessage   `json:"body"`
}

// Parse reads a batch: an array of items, or an object with "requests" and
// "transaction". References are checked here, so that a batch with a wrong one does
// nothing at all.
func Parse(text []byte) (*Batch, error) {
	var whole struct {
		Transaction string            `json:"transaction"`
		Requests    []json.RawMessage `json:"requests"`
	}
	var err error
	if text = bytes.TrimSpace(text); len(text) > 0 && text[0] == '[' {
		err = json.Unmarshal(text, &whole.Requests)
	} else {
		err = strict(text, &whole)
	}
	switch {
	case err != nil:
		return nil, invalid("The body is neither an array of requests nor an object with \"requests\".")
	case whole.Transaction != "" && whole.Transaction != "all" && whole.Transaction != "each":
		return nil, invalid(`"transaction" is "all" or "each".`)
	case len(whole.Requests) == 0:
		return nil, invalid("There are no requests.")
	case len(whole.Requests) > MaxItems:
		return nil, errItems
	}
	b := &Batch{Each: whole.Transaction == "each", Items: make([]*Item, len(whole.Requests))}
	refs := 0
	for i, raw := range whole.Requests {
		if b.Items[i], err = parseItem(raw, i); err != nil {
			return nil, err
		}
		if b.find(b.Items[i].ID, i) >= 0 && b.Items[i].ID != "" {
			return nil, invalid("The id " + strconv.Quote(b.Items[i].ID) + " is used twice.")
		}
		n, err := b.check(i)
		if err != nil {
			return nil, err
		}
		if refs += n; refs > maxRefs {
			return nil, errRefs
		}
	}
	return b, nil
}

func strict(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return errBatch
	}
	return nil
}

func parseItem(raw json.RawMessage, i int) (*Item, error) {
	var r rawItem
	bad := func(why string) (*Item, error) { return nil, invalid("Item " + strconv.Itoa(i) + ": " + why) }
	if strict(raw, &r) != nil {
		return bad("it is no object of id, method, path, headers, query and body.")
	}
	it := &Item{ID: r.ID, Method: r.Method, Path: r.Path, Headers: r.Headers, Body: r.Body}
	if string(it.Body) == "null" {
		it.Body = nil
	}
	switch r.Method {
	case "GET", "HEAD", "POST", "PATCH", "PUT", "DELETE":
	default:
		return bad("the method is none of GET, HEAD, POST, PATCH, PUT and DELETE.")
	}
	if !strings.HasPrefix(r.Path, "/") {
		return bad("the path does not begin with a slash.")
	}
	if _, err := strconv.Atoi(r.ID); err == nil || len(r.ID) > maxID || strings.Contains(r.ID, "#") {
		return bad("an id has at most 64 characters, no # and is no number.")
	}
	if len(r.Query) > 0 && string(r.Query) != "null" {
		var ok bool
		if it.Query, ok = members(r.Query); !ok {
			return bad("the query is no object.")
		}
	}
	return it, nil
}

// members reads an object's members in their order.
func members(raw json.RawMessage) ([]Member, bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	out := []Member{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, false
		}
		m := Member{Name: name.(string)} // a member's name is a string
		if d.Decode(&m.Value) != nil {
			return nil, false
		}
		out = append(out, m)
	}
	return out, true
}

// find returns the index of the item before end that has the id, or -1.
func (b *Batch) find(id string, end int) int {
	for i := range end {
		if b.Items[i].ID == id {
			return i
		}
	}
	return -1
}

var (
	errBatch = fault.New(fault.Invalid, "PLR030", "The batch is not valid")
	errItems = fault.New(fault.TooLarge, "PLR031", "The batch has too many requests").
			WithDetail("A batch has at most 100 requests.").
			WithHint("Insert many rows with one request, or send several batches.")
	errRefs = fault.New(fault.Invalid, "PLR030", "The batch is not valid").
		WithDetail("A batch has at most 500 references.")
)

func invalid(why string) error { return errBatch.WithDetail(why) }
