package realtime

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/policy/sight"
	"github.com/plinth-dev/plinth/internal/value"
)

// patience bounds one question to the database: the feed waits for its answer.
const patience = 5 * time.Second

// guarded reports whether policies stand between role and t's rows.
func guarded(c *catalog.Catalog, t *catalog.Table, role string) bool {
	r := c.Roles[role]
	return t.RLS && (r == nil || !r.BypassRLS && !r.Super)
}

func keySeen(t *catalog.Table, cols []bool) bool {
	for _, name := range t.PrimaryKey().Cols {
		if !cols[t.Column(name)] {
			return false
		}
	}
	return true
}

type verdict uint8

const (
	no verdict = iota
	yes
	perhaps // only the database can say
)

// judge applies policies to a row in memory.
type judge struct {
	x     *index
	ctx   context.Context
	row   []value.Value
	looks map[*sight.Plan]*sight.Look
	err   error // of rows that can't be had
}

// look is the row under one role's policies.
func (j *judge) look(g *group) *sight.Look {
	l := j.looks[g.view.plan]
	if l == nil {
		env := &builtin.Env{Role: g.who.session.Role, Now: time.Now().UnixMicro()}
		l = g.view.plan.At(env, j.row, func(r *sight.Read, key, narrow []value.Value, yield func([]value.Value) bool) error {
			err := j.x.roster.Rows(j.ctx, r, key, narrow, yield)
			if err != nil {
				j.err = err
			}
			return err
		})
		if j.looks == nil {
			j.looks = map[*sight.Plan]*sight.Look{}
		}
		j.looks[g.view.plan] = l
	}
	return l
}

func (j *judge) sees(g *group) verdict {
	if g.asks {
		return perhaps
	}
	if g.view.plan.Open {
		return yes
	}
	j.err = nil
	ok, err := j.look(g).Sees(g.slots)
	switch {
	case ok:
		return yes
	case err == nil:
		return no
	case j.err != nil:
		return perhaps
	}
	j.x.failed(g, err)
	return no
}

// failed tells of policies that raise, as a query would.
func (x *index) failed(g *group, err error) {
	x.refused.Add(1)
	t := g.board.table
	x.log.Warn("realtime: the policies of a table failed, its change is not sent",
		"table", t.Schema+"."+t.Name, "role", g.who.session.Role, "fault", fault.CodeOf(err), "err", err)
}

// ask lets the database look for the changed row, in one transaction for all groups and
// once for each role and claims among them. It returns those who see it.
func (x *index) ask(ctx context.Context, c *db.Change, groups []*group) []*group {
	if len(groups) == 0 || len(c.Key) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	q := question{sql: lookup(c.Table), answers: map[string]bool{}}
	for _, v := range c.Key {
		q.args = append(q.args, v)
	}
	err := x.db.Read(ctx, db.Owner, func(tx *db.Tx) error {
		clear(q.answers)
		for _, g := range groups {
			if err := q.put(ctx, tx, g); err != nil {
				return err
			}
		}
		return nil
	})
	var out []*group
	for _, g := range groups {
		if err != nil { // a failure ends the transaction: each in one of its own
			if each := x.db.Read(ctx, db.Owner, func(tx *db.Tx) error { return q.put(ctx, tx, g) }); each != nil {
				q.answers[g.who.group()] = false
				if fault.From(each).Kind != fault.Forbidden && !errors.Is(each, context.Canceled) {
					x.failed(g, each)
				}
			}
		}
		if q.answers[g.who.group()] {
			out = append(out, g)
		}
	}
	return out
}

// question is whether a row is there, with the answers for each role and claims.
type question struct {
	sql     string
	args    []any
	answers map[string]bool
}

func (q *question) put(ctx context.Context, tx *db.Tx, g *group) error {
	key := g.who.group()
	if _, known := q.answers[key]; known {
		return nil
	}
	rows, err := tx.As(g.who.session).Query(ctx, q.sql, q.args...)
	if err != nil {
		return err
	}
	seen := rows.Next()
	err = rows.Err()
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		q.answers[key] = seen
	}
	return err
}

// lookup is the statement that finds a row by its key.
func lookup(t *catalog.Table) string {
	var b strings.Builder
	b.WriteString("select 1 from " + quote(t.Schema) + "." + quote(t.Name) + " where ")
	for i, name := range t.PrimaryKey().Cols {
		if i > 0 {
			b.WriteString(" and ")
		}
		b.WriteString(quote(name) + " = $" + strconv.Itoa(i+1))
	}
	return b.String()
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
