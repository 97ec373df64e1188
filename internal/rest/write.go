package rest

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/rest/query"
	"github.com/plinth-dev/plinth/internal/rest/sqlgen"
)

// mutation is a write under way.
type mutation struct {
	*request
	table *catalog.Table
	verb  sqlgen.Verb
	cols  []string // ?columns=
	body  *body
	ret   sqlgen.Return
	steps []step
	// inserted is false where a PUT replaced a row.
	inserted bool
	merged   int64 // rows that were there before an upsert
	enc      *encoder
}

// step is one statement of a write: rows with the same members.
type step struct {
	plan *sqlgen.Plan
	bind binding
}

// write answers POST, PATCH, PUT and DELETE of a table or view.
func (s *Service) write(w http.ResponseWriter, rq *request) error {
	buf := s.get()
	defer s.put(buf)
	rq.buf = buf
	t, err := s.planWrite(w, rq)
	if err != nil {
		return err
	}
	return s.transact(w, t)
}

// planWrite understands a write.
func (s *Service) planWrite(w http.ResponseWriter, rq *request) (*task, error) {
	t, err := rq.table()
	if err != nil {
		return nil, err
	}
	if err := rq.split(0); err != nil {
		return nil, err
	}
	if rq.media, err = rq.negotiate(rq.handlers(t)); err != nil {
		return nil, err
	}
	m := &mutation{request: rq, table: t, verb: verbOf(rq.r.Method)}
	if err := m.columns(); err != nil {
		return nil, err
	}
	if err := s.payload(w, m); err != nil {
		return nil, err
	}
	if m.verb == sqlgen.Insert && !m.conflicts() {
		rq.prefer.resolution = ""
	}
	switch rq.prefer.ret {
	case "representation":
		m.ret = sqlgen.Full
	case "headers-only":
		m.ret = sqlgen.KeysOnly
	}
	if err := s.steps(m, rq.buf); err != nil {
		return nil, err
	}
	rq.timing.lap(planning)
	perform := func(ctx context.Context, tx *db.Tx) error { return s.mutate(ctx, tx, m) }
	return &task{request: rq, writes: true, perform: perform}, nil
}

// payload reads the body, which a DELETE has none of, and the key that goes with it.
func (s *Service) payload(w http.ResponseWriter, m *mutation) (err error) {
	if m.verb == sqlgen.Delete {
		return s.key(m.request, nil)
	}
	if m.body, err = s.readBody(w, m.r); err != nil {
		return err
	}
	return s.key(m.request, m.body.raw)
}

// conflicts reports whether rows can be told to be there already: by a primary key, or
// by what ?on_conflict= names.
func (m *mutation) conflicts() bool {
	named := func(p query.Param) bool { return p.Kind == query.KindOnConflict && p.Value != "" }
	return len(m.st.schema.PrimaryKey(m.table)) > 0 || slices.ContainsFunc(m.params, named)
}

func verbOf(method string) sqlgen.Verb {
	switch method {
	case http.MethodPatch:
		return sqlgen.Update
	case http.MethodPut:
		return sqlgen.Put
	case http.MethodDelete:
		return sqlgen.Delete
	}
	return sqlgen.Insert
}

// columns reads ?columns=.
func (m *mutation) columns() error {
	for i := range m.params {
		if m.params[i].Kind == query.KindColumns {
			req, err := query.Parse(m.params[i : i+1])
			if err != nil {
				return err
			}
			m.cols = req.Columns
		}
	}
	return nil
}

// mutate executes the statements.
func (s *Service) mutate(ctx context.Context, tx *db.Tx, m *mutation) error {
	ans, buf := m.ans, m.buf
	*ans = answer{total: -1}
	m.inserted = true
	if err := s.before(ctx, tx); err != nil {
		return err
	}
	if m.media.explain != nil {
		return m.explainWrite(ctx, tx)
	}
	e := encoder{plan: nothing, media: m.media, out: buf.out[:0], max: s.cfg.MaxAnswer}
	if len(m.steps) > 0 {
		e.plan = m.steps[0].plan
	}
	m.enc = &e
	before := m.countMerged(tx)
	e.open()
	for i := range m.steps {
		n, err := s.exec(ctx, tx, m, &m.steps[i])
		if err != nil {
			return err
		}
		ans.seen += n
	}
	e.close()
	buf.out = e.out
	ans.body, ans.n = e.out, e.wrote
	if err := m.verify(ans.seen); err != nil {
		return err
	}
	m.merged = m.countMerged(tx) - before
	if len(m.steps) > 0 {
		if err := ans.gucs(tx, true); err != nil {
			return err
		}
	}
	m.shape(ans)
	return nil
}

// merges reports whether rows that exist are updated by an insert.
func (m *mutation) merges() bool {
	return m.verb == sqlgen.Insert && m.prefer.resolution == "merge-duplicates"
}

// countMerged is how many rows the upserts of the transaction have merged so far: those
// of a batch share one.
func (m *mutation) countMerged(tx *db.Tx) int64 {
	if !m.merges() {
		return 0
	}
	n, _ := strconv.ParseInt(tx.Setting(sqlgen.Merged), 10, 64) // "" is none
	return n
}

// nothing is the plan of a write of no rows.
var nothing = &sqlgen.Plan{Mode: sqlgen.Rows}

// exec runs one statement and returns the number of rows written.
func (s *Service) exec(ctx context.Context, tx *db.Tx, m *mutation, st *step) (int64, error) {
	if m.verb == sqlgen.Put {
		n, err := count(ctx, tx, st.plan, &st.bind)
		if err != nil {
			return 0, err
		}
		m.inserted = n == 0
	}
	args, err := st.bind.bind(st.plan.Args)
	if err != nil {
		return 0, err
	}
	if m.ret == sqlgen.Minimal {
		return tx.Exec(ctx, st.plan.SQL, args...)
	}
	cur, err := tx.Query(ctx, st.plan.SQL, args...)
	if err != nil {
		return 0, err
	}
	if m.ret == sqlgen.KeysOnly {
		return m.locate(cur, st.plan)
	}
	before := m.enc.n
	m.enc.plan = st.plan
	err = m.enc.rows(cur)
	return m.enc.n - before, err
}

// locate makes the Location header from the key of the only row written.
func (m *mutation) locate(cur *db.Rows, plan *sqlgen.Plan) (int64, error) {
	defer cur.Close()
	var n int64
	var b strings.Builder
	for cur.Next() {
		if n++; n > 1 || len(plan.Keys) == 0 {
			continue
		}
		b.WriteString("/" + url.PathEscape(m.name))
		for i, k := range plan.Keys {
			b.WriteByte("&?"[btoi(i == 0)])
			b.WriteString(url.QueryEscape(k.Name))
			if text, ok := cur.AppendText(nil, k.Col); ok {
				b.WriteString("=eq." + url.QueryEscape(string(text)))
			} else {
				b.WriteString("=is.null")
			}
		}
	}
	if n == 1 && m.verb == sqlgen.Insert {
		m.ans.location = b.String()
	}
	if len(plan.Keys) == 0 {
		n = cur.Affected()
	}
	return n, cur.Err()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// verify undoes a write that touched more rows than it may.
func (m *mutation) verify(n int64) error {
	if m.prefer.maxAffected >= 0 && n > m.prefer.maxAffected && (m.verb == sqlgen.Update || m.verb == sqlgen.Delete) {
		return errAffected(n)
	}
	if m.verb == sqlgen.Put && n != 1 {
		return errPutPayload
	}
	if m.media.format == asObject && n != 1 {
		return errSingular(n)
	}
	return nil
}

// shape sets the status and the range of an answer.
func (m *mutation) shape(ans *answer) {
	full := m.ret == sqlgen.Full
	if ans.noType = !full; !full {
		ans.body = nil
	}
	ans.rng = "*/*"
	if m.totals() {
		ans.rng = "*/" + strconv.FormatInt(ans.seen, 10)
	}
	switch m.verb {
	case sqlgen.Insert:
		ans.status = http.StatusCreated
		if m.merges() && ans.seen <= m.merged {
			ans.status = http.StatusOK
		}
		return
	case sqlgen.Update:
		ans.rng = contentRange(0, ans.seen, totalOf(m.totals(), ans.seen))
	}
	ans.status = http.StatusOK
	switch {
	case !full:
		ans.status = http.StatusNoContent
	case m.verb == sqlgen.Put && m.inserted:
		ans.status = http.StatusCreated
	}
}

func totalOf(asked bool, n int64) int64 {
	if asked {
		return n
	}
	return -1
}
