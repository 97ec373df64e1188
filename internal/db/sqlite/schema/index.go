package schema

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// index is a SQLite index as it should be: what it is called and what follows ON t.
type index struct {
	name   string // in SQLite
	pg     string // in Postgres
	unique bool
	late   []string // the columns of a unique key that may wait: package exec holds it
	body   string
}

func (x index) create(t *catalog.Table) Step {
	s := Step{Table: TableName(t), SQL: "create "}
	if x.unique {
		s.SQL += "unique "
		s.Unique = x.pg
	}
	s.SQL += "index " + Quote(x.name) + " on " + Quote(TableName(t)) + " " + x.body
	return s
}

// made is what the index is, to tell whether it changed.
func (x index) made() string {
	if x.unique {
		return "unique " + x.body
	}
	return x.body
}

// once asks whether the rows that are there have each value of a key that waits once.
func (x index) once(t *catalog.Table) Step {
	some := make([]string, len(x.late))
	for i, c := range x.late {
		some[i] = Quote(c) + " is not null"
	}
	f := fault.SQL("23505", "could not create unique index \"%s\"", x.pg)
	f.Schema, f.Table, f.Constraint = t.Schema, t.Name, x.pg
	return Step{
		Table: TableName(t), Fault: f,
		Probe: "select 1 from " + Quote(TableName(t)) + " where " + strings.Join(some, " and ") + " group by " + quoteAll(x.late) + " having count(*) > 1 limit 1",
	}
}

// indexes returns the indexes of a table and remarks about those left out.
func indexes(t *catalog.Table, print Printer) ([]index, []*catalog.Notice, error) {
	var out []index
	key := RowKey(t)
	for _, k := range t.Keys {
		if k.Primary && key != "" {
			continue
		}
		x := index{
			name: IndexName(t, k.Name), pg: k.Name, unique: !k.Deferrable,
			body: "(" + keyColumns(t, k.Cols, k.NullsNotDistinct) + ")",
		}
		if k.Deferrable {
			x.late = k.Cols
		}
		out = append(out, x)
	}
	var notices []*catalog.Notice
	for _, ix := range t.Indexes {
		if !ix.Materialized() {
			continue
		}
		body, err := indexBody(t, ix, print)
		if err != nil && ix.Unique {
			return nil, nil, err
		}
		if err != nil {
			notices = append(notices, &catalog.Notice{
				Code: "01000", Message: "index \"" + ix.Name + "\" is kept as a note: " + fault.From(err).Message,
				Hint: "Queries give the same answers without it, only slower.",
			})
			continue
		}
		out = append(out, index{name: IndexName(t, ix.Name), pg: ix.Name, unique: ix.Unique, body: body})
	}
	return out, notices, nil
}

// keyColumns lists the columns of a key. Where two nulls count as equal, a value that
// the column can't hold stands for NULL.
func keyColumns(t *catalog.Table, cols []string, nullsEqual bool) string {
	parts := make([]string, len(cols))
	for i, name := range cols {
		parts[i] = Quote(name)
		c := t.ColumnNamed(name)
		if nullsEqual && c != nil && !c.NotNull {
			parts[i] = notNull(parts[i], c.Type)
		}
	}
	return strings.Join(parts, ", ")
}

func notNull(sql string, t *value.Type) string {
	stand := "x''"
	if value.StoredBlob(t) {
		stand = "0"
	}
	return "ifnull(" + sql + ", " + stand + ")" + collation(t)
}

func indexBody(t *catalog.Table, ix *catalog.Index, print Printer) (string, error) {
	parts := make([]string, len(ix.Items))
	for i, it := range ix.Items {
		sql, err := indexItem(t, it, ix.NullsNotDistinct, print)
		if err != nil {
			return "", err
		}
		if it.Desc {
			sql += " desc"
		}
		parts[i] = sql
	}
	body := "(" + strings.Join(parts, ", ") + ")"
	if ix.Where == nil {
		return body, nil
	}
	where, err := printed(t, ix.Where, print)
	return body + " where " + where, err
}

func indexItem(t *catalog.Table, it pgsql.IndexItem, nullsEqual bool, print Printer) (string, error) {
	if col, ok := it.X.(*pgsql.Column); ok {
		return keyColumns(t, col.Parts[len(col.Parts)-1:], nullsEqual), nil
	}
	sql, err := printed(t, it.X, print)
	if err != nil {
		return "", err
	}
	if nullsEqual {
		return "ifnull(" + sql + ", x'')", nil
	}
	return "(" + sql + ")", nil
}

func printed(t *catalog.Table, x pgsql.Expr, print Printer) (string, error) {
	if print == nil {
		return "", fault.SQL("0A000", "expressions are not supported in an index here").
			WithHint("Index a generated column instead.")
	}
	return print(t, x)
}
