package rest

import (
	"context"
	"strconv"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/rest/sqlgen"
)

// total finds the number of all rows as the request prefers: counted, guessed by the
// database's planner, or counted where they are few. An engine that cannot guess counts.
func (s *Service) total(ctx context.Context, tx *db.Tx, rd *reading) (err error) {
	if rd.plan.CountSQL == "" {
		return nil
	}
	switch rd.prefer.count {
	case "planned":
		rd.ans.total, err = planned(ctx, tx, rd)
	case "estimated":
		rd.ans.total, err = s.estimated(ctx, tx, rd)
	default:
		rd.ans.total, err = exact(ctx, tx, rd)
	}
	return err
}

// exact counts the rows, unless the page that was read tells their number.
func exact(ctx context.Context, tx *db.Tx, rd *reading) (int64, error) {
	ans := rd.ans
	full := rd.win.limit >= 0 && ans.n >= rd.win.limit
	if !full && !rd.placed() && (ans.n > 0 || ans.offset == 0) {
		return ans.offset + ans.n, nil
	}
	return count(ctx, tx, rd.plan, &rd.bind)
}

// planned is the planner's guess.
func planned(ctx context.Context, tx *db.Tx, rd *reading) (int64, error) {
	args, err := rd.bind.bind(rd.plan.CountArgs)
	if err != nil {
		return 0, err
	}
	n, able, err := tx.Estimate(ctx, "select 1"+rd.plan.CountFrom, args...)
	if err == nil && !able {
		return exact(ctx, tx, rd)
	}
	return n, err
}

// estimated counts up to the greatest page; more rows than that are guessed, but never
// to be fewer than were seen.
func (s *Service) estimated(ctx context.Context, tx *db.Tx, rd *reading) (int64, error) {
	n, err := s.few(ctx, tx, rd)
	if err != nil || s.cfg.MaxRows > 0 && n <= int64(s.cfg.MaxRows) {
		return n, err
	}
	guess, err := planned(ctx, tx, rd)
	return max(n, guess), err
}

// few counts the rows, as far as one more than the greatest page.
func (s *Service) few(ctx context.Context, tx *db.Tx, rd *reading) (int64, error) {
	if s.cfg.MaxRows == 0 {
		return exact(ctx, tx, rd)
	}
	limited := &sqlgen.Plan{
		CountSQL:  "select count(*) from (select 1" + rd.plan.CountFrom + " limit " + strconv.Itoa(s.cfg.MaxRows+1) + ") c",
		CountArgs: rd.plan.CountArgs,
	}
	return count(ctx, tx, limited, &rd.bind)
}

// countOnly answers HEAD with an exact count: no row is read.
func (s *Service) countOnly(ctx context.Context, tx *db.Tx, rd *reading) error {
	n, err := count(ctx, tx, rd.plan, &rd.bind)
	if err != nil {
		return err
	}
	ans := rd.ans
	ans.total = n
	ans.n = max(0, n-ans.offset)
	if rd.win.limit >= 0 {
		ans.n = min(ans.n, rd.win.limit)
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
