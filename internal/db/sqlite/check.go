package sqlite

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// checker binds what the catalogue stores, so that a bad expression fails in the
// migration that brings it. It implements catalog.Checker.
type checker struct{}

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

// ViewColumns returns the output columns of a view's query.
func (checker) ViewColumns(c *catalog.Catalog, v *catalog.Table) ([]*catalog.Column, error) {
	st, err := bind.Statement(&bind.Config{Catalog: c, SearchPath: v.ViewDef.SearchPath}, v.ViewDef.Query)
	if err != nil {
		return nil, err
	}
	var cols []*catalog.Column
	for _, f := range st.Query.Cols {
		cols = append(cols, &catalog.Column{Name: f.Name, Type: f.Type})
	}
	return cols, nil
}

// CheckTable binds defaults, checks, generated columns and index expressions.
func (checker) CheckTable(c *catalog.Catalog, t *catalog.Table) error {
	cfg := &bind.Config{Catalog: c, SearchPath: []string{t.Schema, "public", "extensions"}}
	rel := row(t, t.Name)
	for _, col := range t.Columns {
		if col.Default != nil {
			if _, err := bind.Expression(cfg, col.Default, col.Type); err != nil {
				return err
			}
		}
		if col.Generated != nil {
			if _, err := bind.Over(cfg, rel, col.Generated, col.Type); err != nil {
				return err
			}
		}
	}
	for _, k := range t.Checks {
		if _, err := bind.Policy(cfg, rel, k.X); err != nil {
			return err
		}
	}
	return checkIndexes(cfg, rel, t.Indexes)
}

func checkIndexes(cfg *bind.Config, rel *bind.Rel, list []*catalog.Index) error {
	for _, ix := range list {
		if !ix.Materialized() {
			continue // it is kept as a note
		}
		for _, it := range ix.Items {
			if _, err := bind.Over(cfg, rel, it.X, nil); err != nil {
				return err
			}
		}
		if ix.Where == nil {
			continue
		}
		if _, err := bind.Policy(cfg, rel, ix.Where); err != nil {
			return err
		}
	}
	return nil
}

// CheckPolicy binds a policy's conditions.
func (checker) CheckPolicy(c *catalog.Catalog, t *catalog.Table, p *catalog.Policy) error {
	cfg := &bind.Config{Catalog: c, SearchPath: []string{"public", "extensions"}}
	rel := row(t, t.Name)
	rel.Kind = bind.RelTable
	for _, x := range []pgsql.Expr{p.Using, p.Check} {
		if x == nil {
			continue
		}
		if _, err := bind.Policy(cfg, rel, x); err != nil {
			return err
		}
	}
	return nil
}

// CheckFunction leaves a body to its first call: what it names may come later in the
// file, as with check_function_bodies off.
func (checker) CheckFunction(*catalog.Catalog, *catalog.Function) error { return nil }

// CheckTrigger binds a trigger's condition.
func (checker) CheckTrigger(c *catalog.Catalog, t *catalog.Table, tr *catalog.Trigger) error {
	if tr.When == nil {
		return nil
	}
	cfg := &bind.Config{Catalog: c, Rows: map[string]*bind.Rel{"new": row(t, "new"), "old": row(t, "old")}}
	_, err := bind.Expression(cfg, tr.When, value.TBool)
	return err
}
