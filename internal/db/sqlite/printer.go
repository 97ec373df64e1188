package sqlite

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
	"github.com/plinth-dev/plinth/internal/db/sqlite/plan"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// printer prints the expressions of indexes and gives their functions to the
// connection, which is about to compute them.
func (r *scriptRun) printer(cat *catalog.Catalog) schema.Printer {
	return func(t *catalog.Table, x pgsql.Expr) (string, error) {
		sql, needs, err := printOver(cat, t, x)
		if err != nil {
			return "", err
		}
		return sql, r.tx.x.Funcs.Ensure(needs)
	}
}

// printOver prints an expression over a table's columns as queries print it, so that
// SQLite finds the index, but with bare column names.
func printOver(cat *catalog.Catalog, t *catalog.Table, x pgsql.Expr) (string, []fn.Need, error) {
	rel := row(t, t.Name)
	rel.Kind = bind.RelTable
	cfg := bind.Config{Catalog: cat, SearchPath: []string{t.Schema, "public", "extensions"}}
	e, err := bind.Over(&cfg, rel, x, nil)
	if err != nil {
		return "", nil, err
	}
	p, err := plan.Query(plan.Config{Catalog: cat}, &bind.Query{
		Targets: []bind.Target{{Name: "x", X: e}}, From: []bind.From{rel},
		Cols: []value.Field{{Name: "x", Type: e.Type()}},
	})
	if err != nil {
		return "", nil, err
	}
	run, err := p.Prepare(&eval.Ctx{Env: &builtin.Env{}})
	if err != nil {
		return "", nil, err
	}
	const alias = "t0"
	head, tail := "select ", " from "+schema.Quote(schema.TableName(t))+" as "+alias
	sql, ok1 := strings.CutPrefix(run.SQL, head)
	sql, ok2 := strings.CutSuffix(sql, tail)
	if !ok1 || !ok2 || len(run.Args) > 0 || strings.Contains(pgsql.Print(x), alias+".") {
		return "", nil, fault.SQL("0A000", "this expression cannot be indexed on SQLite").
			WithHint("Index a generated column that holds the expression instead.")
	}
	return strings.ReplaceAll(sql, alias+`."`, `"`), run.Needs, nil
}

// indexNeeds returns the functions that the indexes of a schema call: every
// connection must have them.
func indexNeeds(cat *catalog.Catalog) []fn.Need {
	var out []fn.Need
	for _, t := range cat.AllTables() {
		for _, ix := range t.Indexes {
			xs := []pgsql.Expr{ix.Where}
			for _, it := range ix.Items {
				xs = append(xs, it.X)
			}
			for _, x := range xs {
				if _, plain := x.(*pgsql.Column); x == nil || plain || !ix.Materialized() {
					continue
				}
				if _, needs, err := printOver(cat, t, x); err == nil { // else it has no index in the file
					out = append(out, needs...)
				}
			}
		}
	}
	return out
}
