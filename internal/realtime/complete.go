package realtime

import (
	"context"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/value"
)

// complete fills in what the log did not carry: large values that an update left as
// they were. They come from the old image, else from the row as it is now; where it is
// gone, its end is on its way and the change is not sent.
func (x *index) complete(ctx context.Context, c *db.Change) bool {
	if !slices.Contains(c.Unchanged, true) {
		return true
	}
	fresh := slices.Clone(c.New)
	var missing []int
	for i, m := range c.Unchanged {
		switch {
		case !m:
		case c.Table.Identity == "full" && len(c.Old) == len(fresh):
			fresh[i] = c.Old[i]
		default:
			missing = append(missing, i)
		}
	}
	if len(missing) > 0 && !x.reread(ctx, c, fresh, missing) {
		return false
	}
	c.New, c.Unchanged = fresh, nil
	return true
}

func (x *index) reread(ctx context.Context, c *db.Change, row []value.Value, cols []int) bool {
	if len(c.Key) == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	names := make([]string, len(cols))
	for i, col := range cols {
		names[i] = quote(c.Table.Columns[col].Name)
	}
	args := make([]any, len(c.Key))
	for i, v := range c.Key {
		args[i] = v
	}
	sql := strings.Replace(lookup(c.Table), "select 1", "select "+strings.Join(names, ", "), 1)
	rows, err := x.db.Query(ctx, db.Owner, sql, args...)
	if err != nil {
		x.log.Error("realtime: a row can't be read again", "table", c.Table.Name, "err", err)
		return false
	}
	found := rows.Next()
	if found {
		for i, col := range cols {
			row[col] = rows.Value(i)
		}
	}
	if err = rows.Err(); err == nil {
		err = rows.Close()
	} else {
		_ = rows.Close()
	}
	return found && err == nil
}
