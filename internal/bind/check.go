package bind

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// Checker binds what DDL statements store, so that a mistake is refused when it is
// written. It is a catalog.Checker.
type Checker struct{}

func checkConfig(c *catalog.Catalog, path []string) *Config {
	return &Config{Catalog: c, SearchPath: path}
}

// ViewColumns returns the output columns of a view's query, by the names that it gives them.
func (Checker) ViewColumns(c *catalog.Catalog, v *catalog.Table) ([]*catalog.Column, error) {
	b := newBinder(checkConfig(c, v.ViewDef.SearchPath))
	q, err := b.query(nil, v.ViewDef.Query, false)
	if err != nil {
		return nil, err
	}
	out := make([]*catalog.Column, len(q.Cols))
	for i, f := range q.Cols {
		out[i] = &catalog.Column{Name: f.Name, Type: f.Type}
	}
	return out, nil
}

// CheckTable binds defaults, checks, generated columns and index expressions.
func (Checker) CheckTable(c *catalog.Catalog, t *catalog.Table) error {
	cfg := checkConfig(c, []string{t.Schema, "public", "extensions"})
	rel := &Rel{Kind: RelRow, Alias: t.Name, Cols: t.RowType().Fields, Table: t}
	for _, col := range t.Columns {
		if err := checkColumn(cfg, rel, col); err != nil {
			return err
		}
	}
	for _, k := range t.Checks {
		if _, err := over(cfg, rel, k.X, "CHECK"); err != nil {
			return err
		}
	}
	for _, ix := range t.Indexes {
		for _, it := range ix.Items {
			if _, err := overAny(cfg, rel, it.X, "INDEX"); err != nil {
				return err
			}
		}
		if ix.Where == nil {
			continue
		}
		if _, err := over(cfg, rel, ix.Where, "PREDICATE"); err != nil {
			return err
		}
	}
	return nil
}

func checkColumn(cfg *Config, rel *Rel, col *catalog.Column) error {
	if col.Default != nil {
		b := newBinder(cfg)
		s := b.child(nil)
		s.clause = "DEFAULT"
		if err := b.fitsColumn(s, col, col.Default, "default expression"); err != nil {
			return err
		}
	}
	if col.Generated == nil {
		return nil
	}
	b := newBinder(cfg)
	s := b.child(nil)
	s.ns, s.clause = namesOf(rel), "GENERATED"
	return b.fitsColumn(s, col, col.Generated, "generation expression")
}

func (b *binder) fitsColumn(s *scope, col *catalog.Column, x pgsql.Expr, what string) error {
	e, err := s.expr(x)
	if err != nil {
		return err
	}
	if castClass(e.Type(), col.Type) > castAssignment {
		kind := "default expression is of type"
		if what != "default expression" {
			kind = "generation expression is of type"
		}
		return b.at(fault.SQL("42804", "column \"%s\" is of type %s but %s %s", col.Name, typeName(col.Type), kind, typeName(e.Type())).
			WithHint(hintRewrite), x)
	}
	_, err = b.coerce(e, col.Type, value.Assignment)
	return err
}

func overAny(cfg *Config, rel *Rel, x pgsql.Expr, clause string) (Expr, error) {
	b := newBinder(cfg)
	s := b.child(nil)
	s.ns, s.clause = namesOf(rel), clause
	return s.expr(x)
}

// CheckPolicy binds a policy's conditions.
func (Checker) CheckPolicy(c *catalog.Catalog, t *catalog.Table, p *catalog.Policy) error {
	cfg := checkConfig(c, []string{t.Schema, "public", "extensions"})
	rel := &Rel{Kind: RelTable, Alias: t.Name, Cols: t.RowType().Fields, Table: t}
	for _, x := range []pgsql.Expr{p.Using, p.Check} {
		if x == nil {
			continue
		}
		if _, err := Policy(cfg, rel, x); err != nil {
			return err
		}
	}
	return nil
}

// CheckFunction binds the body of an SQL function.
func (Checker) CheckFunction(c *catalog.Catalog, f *catalog.Function) error {
	if f.Language != "sql" || polymorphic(f) {
		return nil
	}
	in := f.InArgs()
	cfg := checkConfig(c, f.SearchPath)
	cfg.Vars = func(name string) (int, *value.Type, bool) {
		for i, a := range in {
			if name == a.Name && name != "" || name == "$"+strconv.Itoa(i+1) || name == f.Name+"."+a.Name {
				return i, a.Type, true
			}
		}
		return 0, nil, false
	}
	for i, st := range f.Stmts {
		b := newBinder(cfg)
		b.place.foreign = true
		b.stack = append(b.stack, f)
		sel, ok := st.(*pgsql.Select)
		if !ok {
			switch st.(type) {
			case *pgsql.Insert, *pgsql.Update, *pgsql.Delete:
				if _, err := b.write(nil, st); err != nil {
					return err
				}
			}
			continue
		}
		q, err := b.query(nil, sel, true)
		if err != nil {
			return err
		}
		if i == len(f.Stmts)-1 {
			if err := b.checkResult(f, q); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkResult compares the last query with what the function says it returns.
func (b *binder) checkResult(f *catalog.Function, q *Query) error {
	t := resultType(f, nil)
	switch base := t.Base(); {
	case base.Kind == value.Void || base.Kind == value.Record || isPseudo(base):
		return nil
	case len(q.Cols) != 1:
		return errReturns(f, t, "Final statement must return exactly one column.")
	case castClass(q.Cols[0].Type, t) > castAssignment:
		return errReturns(f, t, "Actual return type is "+typeName(q.Cols[0].Type)+".")
	}
	return nil
}

// CheckTrigger binds a trigger's WHEN.
func (Checker) CheckTrigger(c *catalog.Catalog, t *catalog.Table, tr *catalog.Trigger) error {
	if tr.When == nil {
		return nil
	}
	cfg := checkConfig(c, []string{t.Schema, "public", "extensions"})
	cfg.Rows = map[string]*Rel{}
	for _, n := range []string{"new", "old"} {
		cfg.Rows[n] = &Rel{Kind: RelRow, Alias: n, Cols: t.RowType().Fields, Table: t}
	}
	b := newBinder(cfg)
	_, err := b.child(nil).boolean(tr.When, "WHEN")
	return err
}
