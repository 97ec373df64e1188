package realtime

import (
	"context"
	"time"

	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/policy/sight"
	"github.com/plinth-dev/plinth/internal/value"
)

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
