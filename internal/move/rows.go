package move

import (
	"context"
	"iter"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// step is how many rows are moved between two words of progress.
const step = 5000

func tableName(t *catalog.Table) string { return pgsql.Ident{Schema: t.Schema, Name: t.Name}.String() }

// selecting is the statement that reads the columns of t that the target takes.
func (m *mover) selecting(t *catalog.Table) string {
	var b strings.Builder
	b.WriteString("select ")
	for i, c := range m.Target.Columns(t) {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(pgsql.QuoteIdent(c))
	}
	return b.String() + " from " + tableName(t)
}

// read yields the rows of a query, as text.
func read(ctx context.Context, tx *db.Tx, sql string, args ...any) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			yield(nil, err)
			return
		}
		defer rows.Close()
		n := len(rows.Columns())
		row, buf := make(Row, n), make([][]byte, n)
		for rows.Next() {
			for i := range n {
				text, ok := rows.AppendText(buf[i][:0], i)
				buf[i], row[i] = text, nil
				if ok {
					if text == nil {
						text = []byte{}
					}
					row[i] = text
				}
			}
			if !yield(row, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, err)
		}
	}
}

// counted passes rows on and tells how many there were.
func counted(rows iter.Seq2[Row, error], tell func(n int64)) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		var n int64
		for row, err := range rows {
			if !yield(row, err) {
				return
			}
			if n++; n%step == 0 {
				tell(n)
			}
		}
		if n == 0 || n%step != 0 {
			tell(n)
		}
	}
}

// copy loads a whole table.
func (m *mover) copy(ctx context.Context, t *catalog.Table) error {
	return m.From.Read(ctx, db.Owner, func(tx *db.Tx) error {
		total, err := count(ctx, tx, t)
		if err != nil {
			return err
		}
		rows := counted(read(ctx, tx, m.selecting(t)), func(n int64) {
			m.tell(Progress{Phase: "copy", Table: tableName(t), Done: n, Total: total})
		})
		n, err := m.Target.Load(ctx, t, rows)
		m.report.Rows += n
		return err
	})
}

func count(ctx context.Context, tx *db.Tx, t *catalog.Table) (int64, error) {
	rows, err := tx.Query(ctx, "select count(*) from "+tableName(t))
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var n int64
	if rows.Next() {
		n = rows.Value(0).I
	}
	return n, rows.Err()
}

// byKeys is the statement that reads the rows of n keys, and its arguments.
func (m *mover) byKeys(t *catalog.Table, keys [][]string) (string, []any) {
	pk := t.PrimaryKey().Cols
	var b strings.Builder
	b.WriteString(m.selecting(t) + " where ")
	var args []any
	if len(pk) == 1 {
		list := make([]string, len(keys))
		for i, k := range keys {
			list[i] = k[0]
		}
		b.WriteString(pgsql.QuoteIdent(pk[0]) + " = any($1)")
		return b.String(), []any{list}
	}
	for i, k := range keys {
		if i > 0 {
			b.WriteString(" or ")
		}
		for j, col := range pk {
			args = append(args, k[j])
			if j == 0 {
				b.WriteByte('(')
			} else {
				b.WriteString(" and ")
			}
			b.WriteString(pgsql.QuoteIdent(col) + " = " + param(len(args)))
		}
		b.WriteByte(')')
	}
	return b.String(), args
}

// again copies the rows whose keys changed, and returns how many keys there were.
func (m *mover) again(ctx context.Context, phase string) (int, error) {
	n := 0
	for t, keys := range m.dirty.take(m.logged) {
		for len(keys) > 0 {
			part := keys[:min(len(keys), batch(t))]
			keys = keys[len(part):]
			err := m.From.Read(ctx, db.Owner, func(tx *db.Tx) error {
				sql, args := m.byKeys(t, part)
				return m.Target.Replace(ctx, t, part, read(ctx, tx, sql, args...))
			})
			if err != nil {
				return n, err
			}
			n += len(part)
			m.report.Again += int64(len(part))
			m.tell(Progress{Phase: phase, Table: tableName(t), Done: int64(n)})
		}
	}
	return n, nil
}

// batch is how many keys one statement names. A statement of one key column takes
// them as one list.
func batch(t *catalog.Table) int {
	if len(t.PrimaryKey().Cols) == 1 {
		return 500
	}
	return 50
}
