package realtime

import (
	"context"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/realtime/roster"
)

// finder calls f for each group of a board that a row may be for.
type finder func(ctx context.Context, b *board, row *image, f func(g *group))

// concerned finds those whom the row concerns; of a row that was deleted, all of them:
// policies can't be asked of what is gone.
func concerned(ctx context.Context, b *board, row *image, f func(g *group)) {
	if row.known == nil {
		b.candidates(ctx, row.row, f)
		return
	}
	for _, g := range b.all.groups {
		f(g)
	}
}

// see finds the groups that get the change, of those that find finds. The lock is held,
// but not while the database is asked: where the schema changed meanwhile, everything is
// looked at again. known is what the database said already.
func (x *index) see(ctx context.Context, c *db.Change, known answers, find finder) []*group {
	for {
		x.look()
		b := x.watched(c)
		if b == nil {
			return nil
		}
		row, ok := imageOf(c)
		if !ok {
			return nil
		}
		seen, ask := b.match(ctx, c, row, find)
		if len(ask) == 0 {
			return seen
		}
		cat := x.cat
		x.asked++
		told := x.askUnlocked(ctx, c, ask, known)
		if x.db.Catalog() == cat {
			return append(seen, told...)
		}
	}
}

func (x *index) askUnlocked(ctx context.Context, c *db.Change, groups []*group, known answers) []*group {
	x.mu.Unlock()
	defer x.mu.Lock()
	return x.ask(ctx, c, groups, known)
}

// watched returns the board that a change is for, nil for none.
func (x *index) watched(c *db.Change) *board {
	if kindOf(c.Op) == "" || len(x.named) == 0 || !published(x.cat, c.Table) {
		return nil
	}
	return x.board(c.Table)
}

func kindOf(op db.Op) string {
	switch op {
	case db.Insert:
		return "INSERT"
	case db.Update:
		return "UPDATE"
	case db.Delete:
		return "DELETE"
	}
	return ""
}

// imageOf is what filters and policies may look at: of a deleted row, what is told of it.
func imageOf(c *db.Change) (*image, bool) {
	if c.Op == db.Delete {
		return &image{row: c.Old, known: toldOfOld(c)}, len(c.Old) == len(c.Table.Columns)
	}
	return &image{row: c.New}, len(c.New) == len(c.Table.Columns) && !roster.Gone(c)
}

// wants reports whether the group's event and filter fit the change.
func (g *group) wants(c *db.Change, row *image) bool {
	return (g.event == "*" || g.event == kindOf(c.Op)) && (len(g.terms) == 0 || matches(g.terms, row))
}

// match sorts the groups that ask for the change: those who see it, and those for whom
// the database has to say so. The lock is held.
func (b *board) match(ctx context.Context, c *db.Change, row *image, find finder) (seen, ask []*group) {
	j := &judge{x: b.x, ctx: ctx, row: row.row}
	find(ctx, b, row, func(g *group) {
		if !g.wants(c, row) {
			return
		}
		sees := yes
		if c.Op != db.Delete {
			sees = j.sees(g)
		}
		switch sees {
		case yes:
			seen = append(seen, g)
		case perhaps:
			ask = append(ask, g)
		}
	})
	return seen, ask
}
