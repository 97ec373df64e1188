package sqlite

import (
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// holdDomain asks the rows that are there about a new rule of a domain.
func (r *scriptRun) holdDomain(st pgsql.Stmt) error {
	alter, ok := st.(*pgsql.AlterType)
	if !ok || !asksRows(alter) {
		return nil
	}
	cat := r.tx.x.Catalog
	u, _ := cat.FindType(r.session.SearchPath, alter.Name)
	if u == nil || u.Type.Kind != value.Domain {
		return nil
	}
	for _, t := range cat.AllTables() {
		if t.Kind != catalog.Base {
			continue
		}
		for _, c := range t.Columns {
			if !ofDomain(c.Type, u.Type) {
				continue
			}
			if err := r.holdColumn(t, c); err != nil {
				return err
			}
		}
	}
	return nil
}

func asksRows(st *pgsql.AlterType) bool {
	return st.Do == "set not null" || st.Do == "validate constraint" || st.Do == "add constraint" && !st.Constraint.NotValid
}

func ofDomain(t, domain *value.Type) bool {
	for ; t.Kind == value.Domain; t = t.Elem {
		if t.Schema == domain.Schema && t.Name == domain.Name {
			return true
		}
	}
	return false
}

// holdColumn casts every value of a column to its domain anew.
func (r *scriptRun) holdColumn(t *catalog.Table, c *catalog.Column) error {
	col := schema.Quote(c.Name)
	parsed, err := pgsql.ParseOne("select count(" + col + "::" + c.Type.Base().String() + "::" +
		schema.Quote(c.Type.Schema) + "." + schema.Quote(c.Type.Name) + ") from " + schema.Quote(t.Schema) + "." + schema.Quote(t.Name))
	if err != nil {
		return err
	}
	err = r.data(parsed)
	var f *fault.Error
	switch code := fault.CodeOf(err); {
	case code == "23514":
		f = fault.SQL(code, "column \"%s\" of table \"%s\" contains values that violate the new constraint", c.Name, t.Name)
	case code == "23502":
		f = fault.SQL(code, "column \"%s\" of table \"%s\" contains null values", c.Name, t.Name)
	default:
		return err
	}
	f.Schema, f.Table, f.Column = t.Schema, t.Name, c.Name
	return f
}
