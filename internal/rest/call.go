package rest

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/rest/query"
	"github.com/plinth-dev/plinth/internal/rest/sqlgen"
	"github.com/plinth-dev/plinth/internal/value"
	"github.com/plinth-dev/plinth/internal/wire"
)

// invocation is a call of a function under way.
type invocation struct {
	*request
	fn   *catalog.Function
	args []sqlgen.CallArg
	body *body
	plan *sqlgen.Plan
	vals []any
}

// call answers GET, HEAD and POST of a function.
func (s *Service) call(w http.ResponseWriter, rq *request) error {
	buf := s.get()
	defer s.put(buf)
	rq.buf = buf
	t, err := s.planCall(w, rq)
	if err != nil {
		return err
	}
	if t.writes {
		return s.transact(w, t)
	}
	ctx := rq.ctx
	if err := s.db.Read(ctx, rq.actor, func(tx *db.Tx) error { return t.perform(ctx, tx) }); err != nil {
		return rq.refuse(w, err)
	}
	rq.timing.lap(transacting)
	return s.respond(w, rq)
}

// planCall understands a call. What may write runs in a writing transaction, but
// never for GET.
func (s *Service) planCall(w http.ResponseWriter, rq *request) (*task, error) {
	if err := rq.split(s.cfg.MaxRows); err != nil {
		return nil, err
	}
	in := &invocation{request: rq}
	if err := s.arguments(w, in); err != nil {
		return nil, err
	}
	if limit := in.fn.Set["statement_timeout"]; limit != "" {
		rq.actor.Settings = maps.Clone(rq.actor.Settings) // it is shared by all requests
		rq.actor.Settings["statement_timeout"] = limit    // set inside the function it would come too late
	}
	var err error
	if rq.media, err = rq.negotiate(in.ownMedia); err != nil {
		return nil, err
	}
	if rq.prefer.maxAffected >= 0 && !in.fn.SetOf {
		return nil, errAffectedFn
	}
	if in.plan, err = s.callPlan(in, rq.buf); err != nil {
		return nil, err
	}
	b := &binding{params: in.params, win: in.win, maxRows: s.cfg.MaxRows, body: in.body}
	if in.vals, err = b.bind(in.plan.Args); err != nil {
		return nil, err
	}
	rq.timing.lap(planning)
	perform := func(ctx context.Context, tx *db.Tx) error { return s.invoke(ctx, tx, in) }
	return &task{rq, in.plan.Write && !in.reads(), in.plan.Write, perform}, nil
}

// arguments finds the function and where its arguments come from.
func (s *Service) arguments(w http.ResponseWriter, in *invocation) error {
	want := sqlgen.Wanted{Schema: in.schema, Name: in.name}
	if in.reads() {
		return in.fromQuery(want)
	}
	raw, err := wire.ReadBody(w, in.r, s.cfg.MaxBody)
	if err != nil {
		return err
	}
	if err := s.key(in.request, raw); err != nil {
		return err
	}
	in.body = &body{raw: raw, text: raw}
	switch mt := mediaOf(in.r); mt {
	case "application/json", "application/vnd.pgrst.object+json", "application/vnd.pgrst.array+json":
		want.Media = "json"
		if len(bytes.TrimSpace(raw)) == 0 {
			in.body.text = []byte("{}")
		}
	case "application/x-www-form-urlencoded":
		return in.fromForm(want)
	case "text/csv":
		if in.body.text, err = csvToJSON(raw); err != nil {
			return err
		}
	case "text/plain":
		want.Media = "text"
	case "text/xml", "application/xml":
		want.Media = "xml"
	case "application/octet-stream":
		want.Media = "bytes"
	default:
		return errContentType(mt)
	}
	return in.fromBody(want)
}

// fromQuery takes the arguments of a GET.
func (in *invocation) fromQuery(want sqlgen.Wanted) error {
	last := map[string]int{}
	for i := range in.params {
		if in.params[i].Kind == query.KindArg {
			last[in.params[i].Key] = i
		}
	}
	for k := range last {
		want.Keys = append(want.Keys, k)
	}
	slices.Sort(want.Keys)
	var err error
	if in.fn, _, err = in.st.schema.Choose(want); err != nil {
		return err
	}
	for _, k := range want.Keys {
		in.args = append(in.args, sqlgen.CallArg{Name: k, From: sqlgen.Param, N: last[k]})
	}
	return nil
}

// fromForm takes the arguments of an HTML form, as if they were a query string.
func (in *invocation) fromForm(want sqlgen.Wanted) error {
	form, err := url.ParseQuery(string(in.body.raw))
	if err != nil {
		return errBody
	}
	for k := range form {
		want.Keys = append(want.Keys, k)
	}
	slices.Sort(want.Keys)
	if in.fn, _, err = in.st.schema.Choose(want); err != nil {
		return err
	}
	in.body.members = map[string][]byte{}
	for _, k := range want.Keys {
		in.body.members[k] = quote(form[k][len(form[k])-1])
		if variadic(in.fn, k) {
			in.body.members[k] = quote(sqlgen.ArrayLiteral(form[k]))
		}
		in.args = append(in.args, sqlgen.CallArg{Name: k, From: sqlgen.Member})
	}
	return nil
}

func variadic(f *catalog.Function, name string) bool {
	return slices.ContainsFunc(f.Args, func(a catalog.Arg) bool { return a.Name == name && a.Mode == "variadic" })
}

// fromBody takes the arguments of a POST: the members of its object, or the body as
// the single unnamed argument.
func (in *invocation) fromBody(want sqlgen.Wanted) error {
	switch want.Media {
	case "json", "":
		if err := in.body.scan(); err != nil && !errors.Is(err, errBody) {
			return err
		} else if err != nil && !jsonScalar(in.body.text) {
			return err
		}
		want.Keys = slices.Clone(in.body.keys)
		if cols := in.columns(); cols != nil {
			want.Keys = slices.DeleteFunc(want.Keys, func(k string) bool { return !slices.Contains(cols, k) })
		}
		slices.Sort(want.Keys)
	}
	fn, whole, err := in.st.schema.Choose(want)
	if err != nil {
		return err
	}
	in.fn = fn
	if whole {
		in.args = []sqlgen.CallArg{{From: sqlgen.Whole}}
		if want.Media == "bytes" {
			in.body.raw = hexBytes(in.body.raw)
		}
		return nil
	}
	for _, k := range want.Keys {
		in.args = append(in.args, sqlgen.CallArg{Name: k, From: sqlgen.Member})
	}
	return nil
}

// columns is ?columns= of a call.
func (in *invocation) columns() []string {
	for i := range in.params {
		if in.params[i].Kind == query.KindColumns && in.params[i].Value != "" {
			if req, err := query.Parse(in.params[i : i+1]); err == nil {
				return req.Columns
			}
		}
	}
	return nil
}

// ownMedia are the media types of the function's own result: a scalar as it is, and
// a domain that is called like a media type.
func (in *invocation) ownMedia(a accept) (media, bool) {
	t := in.fn.Returns
	handlers := in.handlers(in.st.schema.Result(in.fn))
	if t == nil || in.fn.SetOf || len(in.fn.OutCols) > 0 || t.Kind == value.Record {
		return handlers(a)
	}
	if name := strings.ToLower(t.Name); t.Kind == value.Domain && (name == a.base || name == sqlgen.AnyMedia) {
		return custom(name, t.Base().Kind == value.Bytea), true
	}
	if m, ok := handlers(a); ok {
		return m, true
	}
	base := t.Base()
	switch {
	case a.base == "text/plain" && base.Kind == value.Text:
		return media{format: asText, typ: "text/plain; charset=utf-8"}, true
	case a.base == "application/octet-stream" && base.Kind == value.Bytea:
		return media{format: asBytes, typ: "application/octet-stream"}, true
	case a.base == "text/xml" && base.Name == "xml":
		return media{format: asXML, typ: "text/xml; charset=utf-8"}, true
	}
	return media{}, false
}

// callPlan returns the plan of the call.
func (s *Service) callPlan(in *invocation, buf *buffer) (*sqlgen.Plan, error) {
	page := sqlgen.Page{Limit: in.win.limit >= 0, Offset: in.win.offset > 0, Count: in.totals()}
	buf.key = in.key(buf.key, 'c', page.Limit, page.Offset, page.Count, in.reads())
	for _, a := range in.args {
		buf.key = append(append(buf.key, a.Name...), 1, byte(a.From))
	}
	// Overloads may take arguments of the same names in other media.
	buf.key = append(buf.key, byte(in.fn.ID), byte(in.fn.ID>>8), byte(in.fn.ID>>16), 0)
	buf.key = query.AppendShape(buf.key, in.params)
	return in.st.plan(buf.key, in.params, func(req *query.Request) (*sqlgen.Plan, error) {
		return s.compiler(in.st, in.media).Call(in.fn, in.args, req, page)
	})
}

// invoke runs the call's statement and checks what it gave.
func (s *Service) invoke(ctx context.Context, tx *db.Tx, in *invocation) error {
	ans := in.ans
	*ans = answer{offset: in.win.offset, total: -1}
	if err := s.before(ctx, tx); err != nil {
		return err
	}
	if in.media.explain != nil {
		return in.explain(ctx, tx, in.plan.SQL, in.vals)
	}
	cur, err := tx.Query(ctx, in.plan.SQL, in.vals...)
	if err != nil {
		return err
	}
	if err := s.encode(cur, in.request, in.plan); err != nil {
		return err
	}
	if in.totals() {
		ans.total = ans.seen
	}
	if in.prefer.maxAffected >= 0 && ans.seen > in.prefer.maxAffected {
		return errAffected(ans.seen)
	}
	if in.media.format == asObject && in.fn.SetOf && ans.n != 1 {
		return errSingular(ans.n)
	}
	if err := ans.gucs(tx, true); err != nil {
		return err
	}
	return in.shape()
}

// shape sets the status of a call's answer.
func (in *invocation) shape() error {
	ans := in.ans
	if in.plan.Mode == sqlgen.Nothing {
		ans.status, ans.noType, ans.body, ans.n = http.StatusNoContent, true, nil, 1
		return nil
	}
	if err := ans.ranged(); err != nil {
		return err
	}
	if in.prefer.ret == "minimal" && !in.reads() {
		ans.status, ans.noType, ans.body = http.StatusNoContent, true, nil
	}
	return nil
}
