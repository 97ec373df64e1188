package script

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// rowsPerInsert is how many rows one statement of a dump has.
const rowsPerInsert = 100

// Rows writes the rows of the schemas' tables as statements, what others refer to
// first, and sets the sequences behind them.
func Rows(ctx context.Context, d *db.DB, schemas []string, w io.Writer) error {
	return d.Read(ctx, db.Owner, func(tx *db.Tx) error {
		for _, t := range byReference(d.Catalog(), schemas) {
			if err := rowsOf(ctx, tx, t, w); err != nil {
				return err
			}
			for _, c := range t.Columns {
				if c.Sequence != nil {
					seq := pgsql.QuoteLiteral(shown(c.Sequence.Schema, c.Sequence.Name))
					col := pgsql.QuoteIdent(c.Name)
					if _, err := io.WriteString(w, "select setval("+seq+", coalesce((select max("+col+") from "+shown(t.Schema, t.Name)+"), 1));\n"); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
}

// byReference orders tables so that each comes after those it refers to; a circle
// keeps the order of creation.
func byReference(c *catalog.Catalog, schemas []string) []*catalog.Table {
	var out []*catalog.Table
	seen := map[*catalog.Table]bool{}
	var visit func(t *catalog.Table)
	visit = func(t *catalog.Table) {
		if seen[t] || t.Kind != catalog.Base || !slices.Contains(schemas, t.Schema) {
			return
		}
		seen[t] = true
		for _, f := range t.Foreign {
			if s := c.Schemas[f.RefSchema]; s != nil && s.Tables[f.RefTable] != nil {
				visit(s.Tables[f.RefTable])
			}
		}
		out = append(out, t)
	}
	for _, t := range c.AllTables() {
		visit(t)
	}
	return out
}

func rowsOf(ctx context.Context, tx *db.Tx, t *catalog.Table, w io.Writer) error {
	var cols []string
	for _, c := range t.Columns {
		if c.Generated == nil {
			cols = append(cols, pgsql.QuoteIdent(c.Name))
		}
	}
	if len(cols) == 0 {
		return nil
	}
	list := strings.Join(cols, ", ")
	rows, err := tx.Query(ctx, "select "+list+" from "+shown(t.Schema, t.Name))
	if err != nil {
		return err
	}
	defer rows.Close()
	head := "insert into " + shown(t.Schema, t.Name) + " (" + list + ") overriding system value values\n"
	var b strings.Builder
	n := 0
	flush := func() error {
		if n == 0 {
			return nil
		}
		b.WriteString(";\n")
		_, err := io.WriteString(w, b.String())
		b.Reset()
		n = 0
		return err
	}
	for rows.Next() {
		if n == 0 {
			b.WriteString(head)
		} else {
			b.WriteString(",\n")
		}
		b.WriteString("  (" + tuple(rows, len(cols)) + ")")
		if n++; n == rowsPerInsert {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return flush()
}

func tuple(rows *db.Rows, n int) string {
	vals := make([]string, n)
	for i := range n {
		text, ok := rows.AppendText(nil, i)
		vals[i] = "null"
		if ok {
			vals[i] = pgsql.QuoteLiteral(string(text)) // it takes its column's type
		}
	}
	return strings.Join(vals, ", ")
}
