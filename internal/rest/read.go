package rest

import (
	"context"
	"net/http"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/rest/query"
	"github.com/plinth-dev/plinth/internal/rest/sqlgen"
)

// read answers GET and HEAD of a table or view.
func (s *Service) read(w http.ResponseWriter, rq *request) error {
	t, err := rq.table()
	if err != nil {
		return err
	}
	if rq.media, err = negotiate(parseAccept(rq.r.Header["Accept"]), nil); err != nil {
		return err
	}
	if err := rq.split(s.cfg.MaxRows); err != nil {
		return err
	}
	buf := s.get()
	defer s.put(buf)
	rq.buf = buf
	page := sqlgen.Page{Limit: rq.win.limit >= 0, Offset: rq.win.offset > 0, Count: rq.totals()}
	flat := rq.media.format == asCSV
	buf.key = query.AppendShape(rq.key(buf.key, 'r', page.Limit, page.Offset, page.Count, flat), rq.params)
	plan, err := rq.st.plan(buf.key, rq.params, func(req *query.Request) (*sqlgen.Plan, error) {
		return s.compiler(rq.st, flat).Read(t, req, page)
	})
	if err != nil {
		return err
	}
	rq.timing.lap(planning)
	ans := &answer{offset: rq.win.offset, total: -1}
	if err := s.fetch(rq, plan, ans); err != nil {
		return err
	}
	rq.timing.lap(transacting)
	if rq.media.format == asObject && ans.n != 1 {
		return errSingular(ans.n)
	}
	if ans.status, err = rangeStatus(ans.offset, ans.n, ans.total); err != nil {
		w.Header().Set("Content-Range", contentRange(ans.offset, 0, ans.total))
		return err
	}
	return s.respond(w, rq, ans)
}

// fetch runs a read: one statement, and a second one in its snapshot where a count is
// asked for that the first one doesn't tell.
func (s *Service) fetch(rq *request, plan *sqlgen.Plan, ans *answer) error {
	ctx := rq.r.Context()
	b := &binding{params: rq.params, win: rq.win, maxRows: s.cfg.MaxRows}
	args, err := b.bind(plan.Args)
	if err != nil {
		return err
	}
	if !rq.totals() && s.pre == "" {
		cur, err := s.db.Query(ctx, rq.actor, plan.SQL, args...)
		if err != nil {
			return err
		}
		return s.encode(cur, rq, plan, ans)
	}
	return s.db.Read(ctx, rq.actor, func(tx *db.Tx) error {
		if err := s.before(ctx, tx); err != nil {
			return err
		}
		if rq.totals() && rq.r.Method == http.MethodHead {
			return s.countOnly(ctx, tx, plan, b, ans)
		}
		cur, err := tx.Query(ctx, plan.SQL, args...)
		if err != nil {
			return err
		}
		if err := s.encode(cur, rq, plan, ans); err != nil {
			return err
		}
		if err := s.total(ctx, tx, plan, b, ans); err != nil {
			return err
		}
		return ans.gucs(tx, s.pre != "")
	})
}

// before calls the pre-request function.
func (s *Service) before(ctx context.Context, tx *db.Tx) error {
	if s.pre == "" {
		return nil
	}
	_, err := tx.Exec(ctx, s.pre)
	return err
}

// encode writes the rows of cur into the answer.
func (s *Service) encode(cur *db.Rows, rq *request, plan *sqlgen.Plan, ans *answer) error {
	e := encoder{plan: plan, media: rq.media, out: rq.buf.out[:0], max: s.cfg.MaxAnswer, win: rq.win}
	e.open()
	err := e.rows(cur)
	e.close()
	rq.buf.out = e.out
	ans.body, ans.n, ans.seen = e.out, e.wrote, e.n
	return err
}

// total finds the number of all rows: the page tells it unless it is full or empty.
func (s *Service) total(ctx context.Context, tx *db.Tx, plan *sqlgen.Plan, b *binding, ans *answer) error {
	if plan.CountSQL == "" {
		return nil
	}
	full := b.win.limit >= 0 && ans.n >= b.win.limit
	if !full && (ans.n > 0 || ans.offset == 0) {
		ans.total = ans.offset + ans.n
		return nil
	}
	n, err := count(ctx, tx, plan, b)
	ans.total = n
	return err
}

// countOnly answers HEAD with a count: no row is read.
func (s *Service) countOnly(ctx context.Context, tx *db.Tx, plan *sqlgen.Plan, b *binding, ans *answer) error {
	n, err := count(ctx, tx, plan, b)
	if err != nil {
		return err
	}
	ans.total = n
	ans.n = max(0, n-ans.offset)
	if b.win.limit >= 0 {
		ans.n = min(ans.n, b.win.limit)
	}
	return ans.gucs(tx, s.pre != "")
}

// count runs a plan's counting statement.
func count(ctx context.Context, tx *db.Tx, plan *sqlgen.Plan, b *binding) (int64, error) {
	args, err := b.bind(plan.CountArgs)
	if err != nil {
		return 0, err
	}
	cur, err := tx.Query(ctx, plan.CountSQL, args...)
	if err != nil {
		return 0, err
	}
	defer cur.Close()
	var n int64
	if cur.Next() {
		n = cur.Value(0).I
	}
	return n, cur.Err()
}
