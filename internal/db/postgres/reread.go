package postgres

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres/inbox"
	"github.com/plinth-dev/plinth/internal/db/postgres/pgoutput"
)

// complete fills in what the server's log does not carry: large values that a statement
// left as they were, and generated columns. They are taken from the old row where the
// log has it whole, else from the table by the key. By then the row may be newer, or
// gone; such columns are marked, and a change that is later in the log says more.
func (l *leader) complete(ctx context.Context, rows []inbox.Change) {
	for i := range rows {
		c := &rows[i]
		if c.Op != db.Insert && c.Op != db.Update {
			continue
		}
		pub := l.d.pub.Load()
		t, found := pub.cat.TableByID(int(c.Rel))
		gen := found && pub.shapes[c.Rel] == c.Shape && slices.ContainsFunc(t.Columns, generated)
		if !gen && !c.New.Lacks() {
			continue
		}
		if pub.shapes[c.Rel] != c.Shape && l.stale != c.Shape { // once for each shape that is not known
			l.stale = c.Shape
			if err := l.d.Reload(ctx); err != nil {
				l.d.log.Warn("postgres: the schema cannot be read", "error", err)
			}
			pub = l.d.pub.Load()
			t, found = pub.cat.TableByID(int(c.Rel))
		}
		if found && pub.shapes[c.Rel] == c.Shape {
			l.completeRow(ctx, t, c)
		}
	}
}

func generated(c *catalog.Column) bool { return c.Generated != nil }

// completeRow puts the generated columns behind the others of the new row.
func (l *leader) completeRow(ctx context.Context, t *catalog.Table, c *inbox.Change) {
	row, err := c.New.Data()
	if err != nil {
		return
	}
	cols := slices.DeleteFunc(slices.Clone(t.Columns), generated)
	if len(cols) != len(row) {
		return
	}
	fromOld(row, c.Old)
	for _, col := range t.Columns {
		if generated(col) {
			cols, row = append(cols, col), append(row, pgoutput.Datum{Kind: pgoutput.Unchanged})
		}
	}
	if err := l.fromTable(ctx, t, cols, row); err != nil {
		l.d.log.Warn("postgres: a row could not be read again", "table", t.Schema+"."+t.Name, "error", err)
	}
	c.New = pgoutput.Append(nil, row)
}

// fromOld takes values that did not change from the old row; a key alone has none.
func fromOld(row []pgoutput.Datum, old pgoutput.Tuple) {
	was, err := old.Data()
	if err != nil || len(was) != len(row) {
		return
	}
	for i := range row {
		if row[i].Kind == pgoutput.Unchanged && was[i].Kind == pgoutput.Text {
			row[i] = pgoutput.Datum{Kind: pgoutput.Read, Text: was[i].Text}
		}
	}
}

// fromTable reads by its key what a row still lacks.
func (l *leader) fromTable(ctx context.Context, t *catalog.Table, cols []*catalog.Column, row []pgoutput.Datum) error {
	k := t.PrimaryKey()
	if k == nil {
		return nil
	}
	var names, conds []string
	var args []any
	for i, col := range cols {
		if row[i].Kind == pgoutput.Unchanged {
			names = append(names, quoted(col.Name)+"::text")
		}
		if slices.Contains(k.Cols, col.Name) {
			args = append(args, string(row[i].Text))
			conds = append(conds, quoted(col.Name)+" operator(pg_catalog.=) $"+strconv.Itoa(len(args)))
		}
	}
	if len(names) == 0 {
		return nil
	}
	sql := "select " + strings.Join(names, ", ") + " from " + quoted(t.Schema) + "." + quoted(t.Name) + " where " + strings.Join(conds, " and ")
	cur, err := l.d.Query(ctx, &db.Owner, sql, args)
	if err != nil {
		return err
	}
	defer cur.Close()
	if !cur.Next() {
		return cur.Err()
	}
	at := 0
	for i := range row {
		if row[i].Kind != pgoutput.Unchanged {
			continue
		}
		if text, ok := cur.AppendText([]byte{}, at); ok {
			row[i] = pgoutput.Datum{Kind: pgoutput.Read, Text: text}
		} else {
			row[i].Kind = pgoutput.ReadNull
		}
		at++
	}
	return nil
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
