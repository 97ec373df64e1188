package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/rest/batch"
	"github.com/plinth-dev/plinth/internal/rest/idempotency"
	"github.com/plinth-dev/plinth/internal/wire"
)

// batchType is the media type that is a batch even where a table is called batch.
const batchType = "application/vnd.plinth.batch+json"

// run is a batch under way.
type run struct {
	*request
	s    *Service
	w    http.ResponseWriter
	todo *batch.Batch
	got  *batch.Results
	out  []byte
	at   int // the item at hand, -1 for none
}

// batch answers POST /batch: several requests, in one transaction unless each is to
// have its own.
func (s *Service) batch(w http.ResponseWriter, rq *request) error {
	r := rq.r
	if sc := rq.st.cat.Schemas[rq.schema]; sc != nil && sc.Tables["batch"] != nil && mediaOf(r) != batchType {
		rq.name = "batch"
		return s.write(w, rq)
	}
	raw, err := wire.ReadBody(w, r, s.cfg.MaxBody)
	if err != nil {
		return err
	}
	todo, err := batch.Parse(raw)
	if err != nil {
		return err
	}
	if err := s.key(rq, raw); err != nil {
		return err
	}
	b := &run{request: rq, s: s, w: w, todo: todo, at: -1}
	rq.media = media{typ: jsonType}
	if todo.Each {
		return b.each()
	}
	return b.all()
}

// all performs the items in one transaction.
func (b *run) all() error {
	ctx := b.ctx
	var kept *idempotency.Answer
	work := func(tx *db.Tx) (err error) {
		b.start()
		if kept, err = b.once.Begin(ctx, tx); err != nil || kept != nil {
			return err
		}
		if err := b.items(ctx, tx); err != nil {
			return err
		}
		if b.rollsBack() {
			return db.ErrDryRun
		}
		return b.s.keep(ctx, tx, b.request)
	}
	var err error
	if b.reading() && b.once == nil {
		err = b.s.db.Read(ctx, b.actor, work)
	} else {
		_, err = b.s.db.Write(ctx, b.actor, work)
	}
	if err != nil && !errors.Is(err, db.ErrDryRun) { // which a reading batch ends with too
		return b.named(err)
	}
	if kept != nil {
		return replay(b.w, b.request.r, kept)
	}
	return b.s.respond(b.w, b.request)
}

// reading reports whether no item writes.
func (b *run) reading() bool {
	for _, it := range b.todo.Items {
		if it.Method != http.MethodGet && it.Method != http.MethodHead {
			return false
		}
	}
	return true
}

// items performs all items; it may be called again.
func (b *run) items(ctx context.Context, tx *db.Tx) error {
	for b.at = range b.todo.Items {
		if err := b.item(func(t *task) error { return b.within(ctx, tx, t) }); err != nil {
			return err
		}
	}
	b.finish()
	return nil
}

func (b *run) start() {
	b.at, *b.ans = -1, answer{total: -1}
	b.got, b.out = b.todo.NewResults(), []byte{'['}
}

func (b *run) finish() {
	b.at, b.ans.rng = -1, "*/*"
	b.ans.body, b.ans.status = append(b.out, ']'), http.StatusOK
}

// within performs an item in the batch's transaction.
func (b *run) within(ctx context.Context, tx *db.Tx, t *task) error {
	if t.reads() && t.volatile && !b.reading() {
		return errVolatile
	}
	tx = tx.As(t.actor)
	if err := t.perform(ctx, tx); err != nil {
		return err
	}
	if t.ans.custom == 0 && len(t.ans.headers) == 0 {
		return nil
	}
	// What SQL said of this answer is not said of the next one.
	_, err := tx.Exec(ctx, `select set_config('response.status', '', true), set_config('response.headers', '', true)`)
	return err
}

// each performs every item in a transaction of its own, and goes on after a failure.
// The items' keys derive from the batch's: a repeat goes on where the first one ended.
func (b *run) each() error {
	b.start()
	for b.at = range b.todo.Items {
		if err := b.item(b.alone); err != nil {
			if b.ctx.Err() != nil {
				return err
			}
			b.got.Fail(b.at)
			b.failure(err)
		}
		if len(b.out) > b.s.cfg.MaxAnswer {
			return b.named(errAnswerSize)
		}
	}
	b.finish()
	return b.s.respond(b.w, b.request)
}

// alone performs an item in a transaction of its own.
func (b *run) alone(t *task) error {
	if !t.writes {
		ctx := t.ctx
		return b.s.db.Read(ctx, t.actor, func(tx *db.Tx) error { return t.perform(ctx, tx) })
	}
	kept, err := b.s.commit(t)
	if kept != nil {
		t.ans.status, t.ans.body, t.ans.kept = kept.Status, kept.Body, kept.Header
	}
	return err
}

// item understands the item at hand, lets do perform it, and writes its result.
func (b *run) item(do func(*task) error) error {
	r, err := b.subrequest()
	if err != nil {
		return err
	}
	rq, err := b.s.request(r)
	if err != nil {
		return err
	}
	defer rq.cancel()
	buf := b.s.get()
	defer b.s.put(buf)
	rq.buf = buf
	if err := b.target(rq); err != nil {
		return err
	}
	t, err := b.s.plan(b.w, rq)
	if err != nil {
		return err
	}
	if err := do(t); err != nil {
		return err
	}
	b.got.Set(b.at, rq.ans.body)
	return b.result(rq)
}

// plan understands a request for a table or a function.
func (s *Service) plan(w http.ResponseWriter, rq *request) (*task, error) {
	switch {
	case rq.call && !rq.reads() && rq.r.Method != http.MethodPost:
		return nil, errRPCMethod(rq.r.Method)
	case rq.call:
		return s.planCall(w, rq)
	case !rq.reads():
		return s.planWrite(w, rq)
	}
	rd, err := s.planRead(rq)
	if err != nil {
		return nil, err
	}
	return &task{request: rq, perform: func(ctx context.Context, tx *db.Tx) error { return s.look(ctx, tx, rd) }}, nil
}

// itemHeaders are those that an item may set; the rest are the batch's.
var itemHeaders = map[string]bool{"Prefer": true, "Accept": true, "Accept-Profile": true, "Content-Profile": true, "Range": true}

// subrequest is the item at hand as a request, its body without references.
func (b *run) subrequest() (*http.Request, error) {
	it := b.todo.Items[b.at]
	u, err := url.ParseRequestURI(it.Path)
	if err != nil || u.Host != "" || u.Scheme != "" {
		return nil, errPath
	}
	r := b.r.WithContext(b.ctx)
	r.Method, r.URL, r.Header = it.Method, u, b.r.Header.Clone()
	for name := range itemHeaders {
		r.Header.Del(name)
	}
	for name, val := range it.Headers {
		if name = http.CanonicalHeaderKey(name); !itemHeaders[name] {
			return nil, errItemHeader(name)
		}
		r.Header.Set(name, val)
	}
	if r.Header.Get("Content-Profile") == "" && r.Header.Get("Accept-Profile") == "" {
		r.Header.Set("Content-Profile", b.schema)
		r.Header.Set("Accept-Profile", b.schema)
	}
	r.Header.Set("Content-Type", "application/json")
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		r.Header.Del("Idempotency-Key")
		if b.todo.Each {
			r.Header.Set("Idempotency-Key", strings.Trim(key, `"`)+"-"+strconv.Itoa(b.at))
		}
	}
	body, err := b.got.Body(b.at, int(b.s.cfg.MaxBody))
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return r, err
}

// target reads the path of the item at hand, and the part of its query that is apart.
func (b *run) target(rq *request) error {
	path := strings.TrimPrefix(strings.TrimPrefix(rq.r.URL.Path, "/rest/v1"), "/")
	rq.name = strings.TrimPrefix(path, "rpc/")
	rq.call = rq.name != path
	if rq.name == "" || strings.Contains(rq.name, "/") {
		return errPath
	}
	literal, params, err := b.got.Query(b.at, rq.call && rq.reads())
	if err != nil {
		return err
	}
	rq.r.URL.RawQuery = strings.TrimPrefix(rq.r.URL.RawQuery+literal, "&")
	rq.bound = params
	return nil
}

// result writes the answer of an item.
func (b *run) result(rq *request) error {
	h := rq.ans.kept
	if h == nil {
		h = http.Header{}
		b.s.head(h, rq)
	}
	body := rq.ans.body
	typ, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	switch {
	case rq.r.Method == http.MethodHead || len(body) == 0:
		body = []byte("null")
	case !strings.Contains(typ, "json"):
		if !utf8.Valid(body) {
			return errItemBinary
		}
		body = quote(string(body))
	}
	b.write(rq.ans.status, h, body)
	if len(b.out) > b.s.cfg.MaxAnswer {
		return errAnswerSize
	}
	return nil
}

// failure writes the error of an item.
func (b *run) failure(err error) {
	p := b.s.problem(b.r, fault.From(err))
	b.write(p.status, http.Header{}, p.body)
}

func (b *run) write(status int, h http.Header, body []byte) {
	if len(b.out) > 1 {
		b.out = append(b.out, ',')
	}
	b.out = append(b.out, '{')
	if id := b.todo.Items[b.at].ID; id != "" {
		b.out = append(append(append(b.out, `"id":`...), quote(id)...), ',')
	}
	head := make(map[string]string, len(h))
	for name, vals := range h {
		head[strings.ToLower(name)] = strings.Join(vals, ", ")
	}
	b.out = strconv.AppendInt(append(b.out, `"status":`...), int64(status), 10)
	b.out = append(append(b.out, `,"headers":`...), jsonText(head)...)
	b.out = append(append(append(b.out, `,"body":`...), body...), '}')
}

// named says in an error which item failed.
func (b *run) named(err error) error {
	f := fault.From(err)
	if b.at < 0 || f.Code == "XX000" {
		return err
	}
	name := strconv.Itoa(b.at)
	b.w.Header().Set("Batch-Failed-Item", name)
	if id := b.todo.Items[b.at].ID; id != "" {
		name += " (" + id + ")"
	}
	if f.Code == "PGRST" || f.Code == "PGRST201" {
		return err // whose detail is JSON
	}
	text := "Item " + name + " of the batch failed."
	if f.Detail != "" {
		text += " " + f.Detail
	}
	return f.WithDetail(text)
}
