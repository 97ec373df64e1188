package rest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
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
	enc      *encoder
	ans      *answer
}

// step is one statement of a write: rows with the same members.
type step struct {
	plan *sqlgen.Plan
	bind binding
}

// write answers POST, PATCH, PUT and DELETE of a table or view.
func (s *Service) write(w http.ResponseWriter, rq *request) error {
	t, err := rq.table()
	if err != nil {
		return err
	}
	if rq.media, err = negotiate(parseAccept(rq.r.Header["Accept"]), nil); err != nil {
		return err
	}
	if err := rq.split(0); err != nil {
		return err
	}
	m := &mutation{request: rq, table: t, verb: verbOf(rq.r.Method), inserted: true}
	if err := m.columns(); err != nil {
		return err
	}
	if m.verb != sqlgen.Delete {
		if m.body, err = s.readBody(w, rq.r); err != nil {
			return err
		}
	}
	switch rq.prefer.ret {
	case "representation":
		m.ret = sqlgen.Full
	case "headers-only":
		m.ret = sqlgen.KeysOnly
	}
	buf := s.get()
	defer s.put(buf)
	if err := s.steps(m, buf); err != nil {
		return err
	}
	rq.timing.lap(planning)
	ans := &answer{total: -1}
	if err := s.run(m, buf, ans); err != nil {
		return err
	}
	rq.timing.lap(transacting)
	m.shape(ans)
	return s.respond(w, rq, ans)
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
		if m.params[i].Kind == query.KindColumns && m.params[i].Value != "" {
			req, err := query.Parse(m.params[i : i+1])
			if err != nil {
				return err
			}
			m.cols = req.Columns
		}
	}
	return nil
}

// steps plans the statements.
func (s *Service) steps(m *mutation, buf *buffer) error {
	switch m.verb {
	case sqlgen.Delete:
		return s.step(m, buf, sqlgen.Write{Verb: m.verb}, nil)
	case sqlgen.Update:
		return s.updateStep(m, buf)
	case sqlgen.Put:
		if err := m.checkPut(); err != nil {
			return err
		}
	}
	if m.cols == nil && (m.body.uneven || m.body.bad) {
		return errKeys
	}
	if m.prefer.missing == "default" && m.cols != nil {
		return s.runs(m, buf)
	}
	cols := m.cols
	if cols == nil {
		cols = m.body.keys
	}
	if len(cols) == 0 {
		for i := range m.body.rows {
			if err := s.insertStep(m, buf, nil, m.body.slice(i, i+1)); err != nil {
				return err
			}
		}
		return nil
	}
	if len(m.body.rows) == 0 {
		return unknownColumn(m.table, cols)
	}
	return s.insertStep(m, buf, cols, m.body)
}

func unknownColumn(t *catalog.Table, cols []string) error {
	for _, c := range cols {
		if t.Column(c) < 0 {
			return fault.Newf(fault.Invalid, "PGRST204", "Could not find the '%s' column of '%s' in the schema cache", c, t.Name)
		}
	}
	return nil
}

// runs makes a statement for every run of rows that lack the same columns: those get
// their defaults.
func (s *Service) runs(m *mutation, buf *buffer) error {
	if m.body.bad {
		return errBody
	}
	if err := unknownColumn(m.table, m.cols); err != nil {
		return err
	}
	start, have := 0, m.present(0)
	for i := 1; i <= len(m.body.rows); i++ {
		var next []string
		if i < len(m.body.rows) {
			if next = m.present(i); slices.Equal(next, have) && len(have) > 0 {
				continue
			}
		}
		if err := s.insertStep(m, buf, have, m.body.slice(start, i)); err != nil {
			return err
		}
		start, have = i, next
	}
	return nil
}

// present lists those of ?columns= that row i has.
func (m *mutation) present(i int) []string {
	m.body.at(i)
	out := []string{}
	for _, c := range m.cols {
		if _, ok := m.body.members[c]; ok {
			out = append(out, c)
		}
	}
	return out
}

func (s *Service) insertStep(m *mutation, buf *buffer, cols []string, rows *body) error {
	w := sqlgen.Write{Verb: m.verb, Cols: cols, One: len(rows.rows) == 1}
	switch {
	case m.verb == sqlgen.Put || m.prefer.resolution == "merge-duplicates":
		w.Resolution = "merge"
	case m.prefer.resolution == "ignore-duplicates":
		w.Resolution = "ignore"
	}
	return s.step(m, buf, w, rows)
}

// updateStep plans a PATCH with the body's first row; without members there is
// nothing to do.
func (s *Service) updateStep(m *mutation, buf *buffer) error {
	if len(m.body.rows) == 0 {
		return nil
	}
	w := sqlgen.Write{Verb: m.verb, Cols: m.cols}
	if m.cols == nil {
		if m.body.uneven || m.body.bad {
			return errKeys
		}
		w.Cols = m.body.keys
	} else if m.prefer.missing == "default" {
		w.Cols = m.present(0)
		for _, c := range m.cols {
			if !slices.Contains(w.Cols, c) {
				w.Defaults = append(w.Defaults, c)
			}
		}
		if err := unknownColumn(m.table, w.Defaults); err != nil {
			return err
		}
	}
	if len(w.Cols)+len(w.Defaults) == 0 {
		return nil
	}
	return s.step(m, buf, w, m.body.slice(0, 1))
}

// checkPut checks that a PUT names its row by the primary key alone.
func (m *mutation) checkPut() error {
	pk := m.st.schema.PrimaryKey(m.table)
	seen := 0
	for i := range m.params {
		p := &m.params[i]
		switch p.Kind {
		case query.KindLimit, query.KindOffset:
			return errPutBounds
		case query.KindFilter:
			if !slices.Contains(pk, p.Key) || !strings.HasPrefix(p.Value, "eq.") {
				return errPutFilters
			}
			seen++
		case query.KindLogic:
			return errPutFilters
		}
	}
	if seen != len(pk) || seen == 0 {
		return errPutFilters
	}
	return nil
}

// step plans one statement.
func (s *Service) step(m *mutation, buf *buffer, w sqlgen.Write, rows *body) error {
	w.Return = m.ret
	flat := m.media.format == asCSV
	buf.key = m.key(buf.key, 'w', flat, w.One)
	buf.key = append(buf.key, byte('0'+w.Verb), byte('0'+w.Return))
	buf.key = append(append(buf.key, w.Resolution...), 0)
	for _, c := range w.Cols {
		buf.key = append(append(buf.key, c...), 1)
	}
	for _, c := range w.Defaults {
		buf.key = append(append(buf.key, c...), 2)
	}
	buf.key = query.AppendShape(append(buf.key, 0), m.params)
	plan, err := m.st.plan(buf.key, m.params, func(req *query.Request) (*sqlgen.Plan, error) {
		return s.compiler(m.st, flat).Mutate(m.table, req, w)
	})
	if err != nil {
		return err
	}
	m.steps = append(m.steps, step{plan, binding{params: m.params, win: m.win, maxRows: s.cfg.MaxRows, body: rows}})
	return nil
}

// run executes the statements in one transaction.
func (s *Service) run(m *mutation, buf *buffer, ans *answer) error {
	ctx := m.r.Context()
	if len(m.steps) == 0 {
		return s.nothing(m, buf, ans)
	}
	_, err := s.db.Write(ctx, m.actor, func(tx *db.Tx) error {
		if err := s.before(ctx, tx); err != nil {
			return err
		}
		e := encoder{plan: m.steps[0].plan, media: m.media, out: buf.out[:0], max: s.cfg.MaxAnswer}
		m.enc, m.ans = &e, ans
		e.open()
		var affected int64
		for i := range m.steps {
			n, err := s.exec(ctx, tx, m, &m.steps[i])
			if err != nil {
				return err
			}
			affected += n
		}
		e.close()
		buf.out = e.out
		ans.body, ans.n, ans.seen = e.out, e.wrote, affected
		if err := m.verify(affected); err != nil {
			return err
		}
		if err := ans.gucs(tx, true); err != nil {
			return err
		}
		if s.rollsBack(m.prefer.tx) {
			return db.ErrRollback
		}
		return nil
	})
	if errors.Is(err, db.ErrRollback) {
		return nil
	}
	return err
}

// rollsBack reports whether the transaction is undone at its end.
func (s *Service) rollsBack(tx string) bool {
	if tx != "" {
		return tx == "rollback"
	}
	return strings.HasPrefix(s.cfg.TxEnd, "rollback")
}

// nothing answers a write of no rows.
func (s *Service) nothing(m *mutation, buf *buffer, ans *answer) error {
	e := encoder{plan: &sqlgen.Plan{Mode: sqlgen.Rows}, media: m.media, out: buf.out[:0]}
	e.open()
	e.close()
	buf.out, ans.body = e.out, e.out
	return m.verify(0)
}

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
			text, _ := cur.AppendText(nil, k.Col)
			b.WriteByte("&?"[btoi(i == 0)])
			b.WriteString(url.QueryEscape(k.Name) + "=eq." + url.QueryEscape(string(text)))
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
	ans.noType = !full
	ans.rng = "*/*"
	if m.totals() {
		ans.rng = "*/" + strconv.FormatInt(ans.seen, 10)
	}
	switch m.verb {
	case sqlgen.Insert:
		ans.status = http.StatusCreated
		if m.prefer.resolution == "merge-duplicates" && ans.seen == 0 {
			ans.status = http.StatusOK
		}
		if !full {
			ans.body = nil
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
