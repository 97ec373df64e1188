package realtime

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

const (
	// patience bounds the questions about a run of changes: the feed waits for the answers.
	patience = 5 * time.Second
	// maxForeseen bounds the questions that are asked ahead of their changes.
	maxForeseen = 10_000
)

// answers is what the database said about changes, by who asked.
type answers map[*db.Change]map[string]db.Answer

func (a answers) put(c *db.Change, who *actor, said db.Answer) {
	if a[c] == nil {
		a[c] = map[string]db.Answer{}
	}
	a[c][who.group()] = said
}

// inquiry is questions whether rows may be seen, once for each row, role and claims.
type inquiry struct {
	list  []db.Question
	about []*db.Change
	who   []*actor
	known answers // also those that are being asked for
}

func newInquiry() *inquiry { return &inquiry{known: answers{}} }

func (q *inquiry) add(c *db.Change, g *group) {
	if _, known := q.known[c][g.who.group()]; known || len(c.Key) == 0 {
		return
	}
	q.known.put(c, g.who, db.Answer{})
	args := make([]any, len(c.Key))
	for i, v := range c.Key {
		args[i] = v
	}
	q.list = append(q.list, db.Question{Session: &g.who.session, SQL: lookup(c.Table), Args: args})
	q.about, q.who = append(q.about, c), append(q.who, g.who)
}

// put asks the database everything at once.
func (q *inquiry) put(ctx context.Context, d *db.DB) answers {
	if len(q.list) == 0 {
		return q.known
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for i, a := range d.Ask(ctx, q.list) {
		q.known.put(q.about[i], q.who[i], a)
	}
	return q.known
}

// foresee asks the database about the changes of a run that it will have to be asked
// about, all at once. Others may use the index meanwhile: a group that is new then is
// asked about when its change comes.
func (x *index) foresee(ctx context.Context, run []*db.Change) answers {
	if len(run) < 2 {
		return nil
	}
	return x.inquire(ctx, run).put(ctx, x.db)
}

// inquire collects what the database will have to be asked.
func (x *index) inquire(ctx context.Context, run []*db.Change) *inquiry {
	x.mu.Lock()
	defer x.mu.Unlock()
	q := newInquiry()
	x.look()
	for _, c := range run {
		b := x.watched(c)
		if b == nil || !b.asks || c.Op == db.Delete {
			continue
		}
		if row, ok := imageOf(c); ok {
			concerned(ctx, b, row, func(g *group) {
				if g.asks && len(q.list) < maxForeseen && g.wants(c, row) {
					q.add(c, g)
				}
			})
		}
	}
	return q
}

// ask returns those of the groups who see the changed row, by the answers that are there
// or by asking.
func (x *index) ask(ctx context.Context, c *db.Change, groups []*group, known answers) []*group {
	q := newInquiry()
	for _, g := range groups {
		if _, ok := known[c][g.who.group()]; !ok {
			q.add(c, g)
		}
	}
	asked := q.put(ctx, x.db)
	var out []*group
	for _, g := range groups {
		a, ok := known[c][g.who.group()]
		if !ok {
			a = asked[c][g.who.group()]
		}
		switch {
		case a.Found:
			out = append(out, g)
		case a.Err != nil && fault.From(a.Err).Kind != fault.Forbidden && !errors.Is(a.Err, context.Canceled):
			x.failed(g, a.Err)
		}
	}
	return out
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
