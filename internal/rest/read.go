package rest

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/rest/query"
	"github.com/plinth-dev/plinth/internal/rest/sqlgen"
	"github.com/plinth-dev/plinth/internal/wire"
)

// reading is a read of a table or view under way.
type reading struct {
	*request
	plan *sqlgen.Plan
	bind binding
	args []any
}

// read answers GET and HEAD of a table or view.
func (s *Service) read(w http.ResponseWriter, rq *request) error {
	buf := s.get()
	defer s.put(buf)
	rq.buf = buf
	rd, err := s.planRead(rq)
	if err != nil {
		return err
	}
	if err := s.fetch(rd); err != nil {
		return rq.refuse(w, err)
	}
	rq.timing.lap(transacting)
	return s.respond(w, rq)
}

// planRead understands a read.
func (s *Service) planRead(rq *request) (*reading, error) {
	t, err := rq.table()
	if err != nil {
		return nil, err
	}
	if err := rq.split(s.cfg.MaxRows); err != nil {
		return nil, err
	}
	if rq.media, err = rq.negotiate(rq.handlers(t)); err != nil {
		return nil, err
	}
	page := sqlgen.Page{Limit: rq.win.limit >= 0, Offset: rq.win.offset > 0, Count: rq.totals(), Keyset: rq.cur.keyset()}
	rq.buf.key = rq.cur.appendKey(rq.key(rq.buf.key, 'r', page.Limit, page.Offset, page.Count))
	rq.buf.key = query.AppendShape(rq.buf.key, rq.params)
	rd := &reading{request: rq, bind: binding{params: rq.params, win: rq.win, maxRows: s.cfg.MaxRows, cur: rq.cur}}
	rd.plan, err = rq.st.plan(rq.buf.key, rq.params, func(req *query.Request) (*sqlgen.Plan, error) {
		p, err := s.compiler(rq.st, rq.media).Read(t, req, page)
		if err == nil {
			p.Filtered = filtered(t, req)
		}
		return p, err
	})
	if err != nil {
		return nil, err
	}
	wire.Filtered(rq.r, rd.plan.Filtered)
	if rd.plan.Order != nil {
		rq.pages = &pages{}
		if err := rq.cur.fits(rd.plan.Order); err != nil {
			return nil, err
		}
	}
	rd.args, err = rd.bind.bind(rd.plan.Args)
	rq.timing.lap(planning)
	return rd, err
}

// filtered names the columns of t that an index could serve: those that every row must
// match.
func filtered(t *catalog.Table, req *query.Request) string {
	var cols []string
	for _, w := range req.Where {
		c := w.Cond
		if len(w.Path) > 0 || c.Filter == nil || c.Filter.Not || len(c.Field.Path) > 0 || slices.Contains(cols, c.Field.Name) {
			continue
		}
		switch c.Filter.Op {
		case "eq", "in", "gt", "gte", "lt", "lte":
			cols = append(cols, c.Field.Name)
		}
	}
	if len(cols) == 0 {
		return ""
	}
	return t.Schema + "." + t.Name + "(" + strings.Join(cols, ",") + ")"
}

// fetch runs a read: one statement, and a second one in its snapshot where a count is
// asked for that the first one doesn't tell.
func (s *Service) fetch(rd *reading) error {
	ctx := rd.ctx
	if rd.totals() || s.runsCode(rd) || rd.media.explain != nil {
		return s.db.Read(ctx, rd.actor, func(tx *db.Tx) error { return s.look(ctx, tx, rd) })
	}
	rd.ans.offset = rd.win.offset
	cur, err := s.db.Query(ctx, rd.actor, rd.plan.SQL, rd.args...)
	if err != nil {
		return err
	}
	if err := s.encode(cur, rd.request, rd.plan); err != nil {
		return err
	}
	return rd.check()
}

// look runs a read in a transaction.
func (s *Service) look(ctx context.Context, tx *db.Tx, rd *reading) error {
	*rd.ans = answer{offset: rd.win.offset, total: -1}
	if rd.pages != nil {
		*rd.pages = pages{}
	}
	if err := s.before(ctx, tx); err != nil {
		return err
	}
	if rd.media.explain != nil {
		return rd.explain(ctx, tx, rd.plan.SQL, rd.args)
	}
	if rd.prefer.count == "exact" && rd.r.Method == http.MethodHead && rd.pages == nil {
		if err := s.countOnly(ctx, tx, rd); err != nil {
			return err
		}
		return rd.check()
	}
	cur, err := tx.Query(ctx, rd.plan.SQL, rd.args...)
	if err != nil {
		return err
	}
	if err := s.encode(cur, rd.request, rd.plan); err != nil {
		return err
	}
	if err := s.total(ctx, tx, rd); err != nil {
		return err
	}
	if err := rd.ans.gucs(tx, s.runsCode(rd)); err != nil {
		return err
	}
	return rd.check()
}

// runsCode reports whether the database's own code takes part, and may set the response.
func (s *Service) runsCode(rd *reading) bool { return s.pre != "" || rd.media.handler != nil }

// check refuses what was read where it is not what was asked for, else it sets the status.
func (rd *reading) check() (err error) {
	if rd.media.format == asObject && rd.ans.n != 1 {
		return errSingular(rd.ans.n)
	}
	if err := rd.ans.ranged(); err != nil {
		return err
	}
	rd.ans.links = rd.pages.links(rd.r, rd.cur)
	if rd.placed() {
		rd.ans.rng = contentRange(0, 0, rd.ans.total) // nobody knows how many rows come before
	}
	return nil
}

// placed reports whether the page begins at a cursor's place.
func (rq *request) placed() bool { return rq.cur != nil && rq.cur.Placed }

// before calls the pre-request function.
func (s *Service) before(ctx context.Context, tx *db.Tx) error {
	if s.pre == "" {
		return nil
	}
	_, err := tx.Exec(ctx, s.pre)
	return err
}

// encode writes the rows of cur into the answer.
func (s *Service) encode(cur *db.Rows, rq *request, plan *sqlgen.Plan) error {
	e := encoder{plan: plan, media: rq.media, out: rq.buf.out[:0], max: s.cfg.MaxAnswer, win: rq.win, pages: rq.pages}
	e.open()
	err := e.rows(cur)
	e.close()
	rq.buf.out = e.out
	rq.ans.body, rq.ans.n, rq.ans.seen = e.out, e.wrote, e.n
	return err
}
