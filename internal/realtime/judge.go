package realtime

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// patience bounds one question: the feed waits for its answer.
const patience = 5 * time.Second

// judge says what an actor may see of a change. It asks the database; a policy that
// was compiled to a predicate would be applied to the change's own image here.
type judge struct {
	db  *db.DB
	log *slog.Logger
}

// guarded reports whether policies stand between role and t's rows.
func guarded(c *catalog.Catalog, t *catalog.Table, role string) bool {
	r := c.Roles[role]
	return t.RLS && (r == nil || !r.BypassRLS && !r.Super)
}

// sees returns the columns of the change that who may see, nil for nothing of it.
func (j *judge) sees(ctx context.Context, c *db.Change, who *actor) []bool {
	cat, role := j.db.Catalog(), who.session.Role
	if cat.Roles[role] == nil || !cat.CanUseSchema(role, c.Table.Schema) {
		return nil
	}
	cols, some := make([]bool, len(c.Table.Columns)), false
	for i, col := range c.Table.Columns {
		cols[i] = cat.HasPrivilege(role, c.Table, "select", col.Name)
		some = some || cols[i]
	}
	switch {
	case !some:
		return nil
	case !guarded(cat, c.Table, role):
		return cols
	case len(c.Key) == 0 || !keySeen(c.Table, cols):
		return nil
	case c.Op == db.Delete || j.ask(ctx, c, who):
		return cols
	}
	return nil
}

func keySeen(t *catalog.Table, cols []bool) bool {
	for _, name := range t.PrimaryKey().Cols {
		if !cols[t.Column(name)] {
			return false
		}
	}
	return true
}

// ask lets the database look for the row as the actor.
func (j *judge) ask(ctx context.Context, c *db.Change, who *actor) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	args := make([]any, len(c.Key))
	for i, v := range c.Key {
		args[i] = v
	}
	rows, err := j.db.Query(ctx, who.session, lookup(c.Table), args...)
	if err == nil {
		seen := rows.Next()
		err = rows.Err()
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
		if err == nil {
			return seen
		}
	}
	if !errors.Is(err, context.Canceled) && fault.From(err).Kind != fault.Forbidden {
		j.log.Warn("realtime: the policies of a table failed, its change is not sent",
			"table", c.Table.Schema+"."+c.Table.Name, "role", who.session.Role, "fault", fault.CodeOf(err), "err", err)
	}
	return false
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
