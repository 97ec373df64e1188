package sqlite

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/db/sqlite/trigger"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// checker refuses a bad expression in the migration that brings it. It implements
// catalog.Checker.
type checker struct {
	bind.Checker
	noBodies bool // set check_function_bodies = off
	replayed bool // the statements were checked when they first ran
}

// isBuiltin reports whether pg_catalog has a function of the name.
func isBuiltin(name string) bool {
	const s = "pg_catalog"
	_, window := builtin.WindowByName(name)
	return window || len(builtin.Funcs(s, name)) > 0 || len(builtin.SetFuncs(s, name)) > 0 || len(builtin.Aggs(s, name)) > 0
}

// row is a table's row as expressions over it see it.
func row(t *catalog.Table, alias string) *bind.Rel {
	rel := &bind.Rel{Kind: bind.RelRow, Alias: alias, Table: t}
	for _, c := range t.Columns {
		rel.Cols = append(rel.Cols, value.Field{Name: c.Name, Type: c.Type})
	}
	return rel
}

// CheckTable binds a table's expressions, but for those of indexes that are kept as a
// note only: their functions need not be there.
func (k checker) CheckTable(c *catalog.Catalog, t *catalog.Table) error {
	if k.replayed {
		return nil
	}
	some := *t
	some.Indexes = nil
	for _, ix := range t.Indexes {
		if ix.Materialized() {
			if err := overInterpreted(c, ix); err != nil {
				return err
			}
			some.Indexes = append(some.Indexes, ix)
		}
	}
	return k.Checker.CheckTable(c, &some)
}

// overInterpreted refuses an index over a function in PL/pgSQL, which SQLite can't keep.
func overInterpreted(c *catalog.Catalog, ix *catalog.Index) (err error) {
	w := &scope.Scan{C: c, Call: func(n *pgsql.Call) {
		for _, f := range c.Functions(nil, n.Name) {
			if f.Language == "plpgsql" && err == nil {
				err = fault.SQL("0A000", "an index over function %s, which is written in PL/pgSQL, is not supported", f.Name).
					WithHint("Keep the value in a generated column and index that, or write the function in language sql.")
			}
		}
	}}
	for _, it := range ix.Items {
		w.Expr(it.X)
	}
	w.Expr(ix.Where)
	return err
}

// CheckPolicy binds a policy's conditions.
func (k checker) CheckPolicy(c *catalog.Catalog, t *catalog.Table, p *catalog.Policy) error {
	if k.replayed {
		return nil
	}
	return k.Checker.CheckPolicy(c, t, p)
}

// CheckFunction binds the body of an SQL function; of a PL/pgSQL function it reads
// the grammar, as Postgres does.
func (k checker) CheckFunction(c *catalog.Catalog, f *catalog.Function) error {
	if k.replayed || k.noBodies {
		return nil
	}
	if f.Language == "plpgsql" {
		return trigger.CheckBody(c, f)
	}
	return k.Checker.CheckFunction(c, f)
}

// CheckTrigger binds a trigger's condition.
func (k checker) CheckTrigger(c *catalog.Catalog, t *catalog.Table, tr *catalog.Trigger) error {
	if k.replayed {
		return nil
	}
	return k.Checker.CheckTrigger(c, t, tr)
}
