package storage

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

type listV2Body struct {
	Prefix    string `json:"prefix"`
	Limit     *int   `json:"limit"`
	Cursor    string `json:"cursor"`
	Delimiter bool   `json:"with_delimiter"`
	SortBy    sortBy `json:"sortBy"`
}

// folderV2 and objectV2 carry the whole name twice, as name and as key.
type folderV2 struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

type objectV2 struct {
	entry
	Key string `json:"key"`
}

type listV2Answer struct {
	HasNext bool       `json:"hasNext"`
	Next    string     `json:"nextCursor,omitempty"`
	Folders []folderV2 `json:"folders"`
	Objects []objectV2 `json:"objects"`
}

// cursor is where a page ended: the last name, and the value sorted by where that is
// another column, in microseconds.
type cursor struct {
	Name string `json:"n"`
	At   int64  `json:"t,omitempty"`
}

const maxListV2 = 1000

func (s *Service) listV2(w http.ResponseWriter, r *http.Request) error {
	var in listV2Body
	if err := wire.DecodeJSON(w, r, maxJSON, &in); err != nil {
		return err
	}
	limit := maxListV2
	if in.Limit != nil {
		limit = min(*in.Limit, maxListV2)
	}
	if limit < 1 {
		return errParameter("limit")
	}
	after, err := readCursor(in.Cursor)
	if err == nil {
		err = in.SortBy.normalize("name", "updated_at", "created_at")
	}
	if err == nil {
		err = checkBucket(r.PathValue("bucket"))
	}
	if err != nil {
		return err
	}
	walk := &walk{q: s.as(r), bucket: r.PathValue("bucket"), in: in, after: after, limit: limit}
	if err := walk.run(r.Context()); err != nil {
		return err
	}
	return wire.WriteLong(w, r, walk.answer())
}

func readCursor(text string) (*cursor, error) {
	if text == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	c := &cursor{}
	if err == nil {
		err = json.Unmarshal(raw, c)
	}
	if err != nil {
		return nil, errParameter("cursor")
	}
	return c, nil
}

func (c cursor) encode() string {
	raw, _ := json.Marshal(c) // a text and a number: cannot fail
	return base64.RawURLEncoding.EncodeToString(raw)
}

// walk collects one page, and one entry more to know whether there is a next.
type walk struct {
	q      querier
	bucket string
	in     listV2Body
	after  *cursor
	limit  int

	out  listV2Answer
	n    int
	last cursor // the last entry that is on the page
}

func (w *walk) answer() listV2Answer {
	if w.out.Folders == nil {
		w.out.Folders = []folderV2{}
	}
	if w.out.Objects == nil {
		w.out.Objects = []objectV2{}
	}
	if w.out.HasNext {
		w.out.Next = w.last.encode()
	}
	return w.out
}

// run reads batches. A folder that a batch ends in is skipped by the next one.
func (w *walk) run(ctx context.Context) error {
	at := w.after
	for {
		batch, err := w.batch(ctx, at)
		if err != nil {
			return err
		}
		for i := range batch {
			c := w.place(&batch[i])
			if w.out.HasNext {
				return nil
			}
			at = &c
		}
		if len(batch) <= w.limit {
			return nil
		}
	}
}

// place puts an entry on the page; it returns where to go on behind it.
func (w *walk) place(e *entry) cursor {
	here := cursor{Name: e.Name}
	switch w.in.SortBy.Column {
	case "created_at":
		here.At = e.Created.I
	case "updated_at":
		here.At = e.Updated.I
	}
	if w.in.Delimiter && w.in.SortBy.Column == "name" {
		if i := strings.IndexByte(e.Name[len(w.in.Prefix):], '/'); i >= 0 {
			return w.placeFolder(e.Name[:len(w.in.Prefix)+i+1])
		}
	}
	if w.full() {
		return here
	}
	w.last = here
	w.out.Objects = append(w.out.Objects, objectV2{*e, e.Name})
	return here
}

// placeFolder adds a folder once. Its cursor stands behind all that is in it.
func (w *walk) placeFolder(name string) cursor {
	behind := cursor{Name: name + top}
	if w.in.SortBy.Order == "desc" {
		behind.Name = name
	}
	if w.last == behind || w.full() {
		return behind
	}
	w.last = behind
	w.out.Folders = append(w.out.Folders, folderV2{name, name})
	return behind
}

func (w *walk) full() bool {
	if w.n == w.limit {
		w.out.HasNext = true
		return true
	}
	w.n++
	return false
}

// batch reads the entries behind at, one more than a page holds.
func (w *walk) batch(ctx context.Context, at *cursor) ([]entry, error) {
	where, args := []string{"bucket_id = $1"}, []any{w.bucket}
	arg := func(v any, kind string) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args)) + "::" + kind
	}
	if p := w.in.Prefix; p != "" {
		where = append(where, byName+">= "+arg(p, "text"), byName+"< "+arg(p+top, "text"))
	}
	by, sign := w.in.SortBy, ">"
	if by.Order == "desc" {
		sign = "<"
	}
	order := byName + by.Order
	if by.Column != "name" {
		order = by.Column + " " + by.Order + ", " + order
	}
	if at != nil && by.Column == "name" {
		where = append(where, byName+sign+" "+arg(at.Name, "text"))
	} else if at != nil {
		t := arg(microTime(at.At), "timestamptz")
		where = append(where, "("+by.Column+" "+sign+" "+t+" or "+by.Column+" = "+t+" and "+byName+sign+" "+arg(at.Name, "text")+")")
	}
	var out []entry
	err := each(ctx, w.q, func(r *db.Rows) {
		v := r.Row()
		out = append(out, entry{v[0].S, text(v[1]), moment{v[2]}, moment{v[3]}, moment{v[4]}, object(v[5])})
	}, `select name, id, updated_at, created_at, last_accessed_at, metadata from storage.objects where `+strings.Join(where, " and ")+
		` order by `+order+` limit `+arg(w.limit+1, "bigint"), args...)
	return out, err
}
