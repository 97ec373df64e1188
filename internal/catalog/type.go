package catalog

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// Type returns the type that tn means under the search path: built-in, enum, domain,
// composite or a table's row type.
func (c *Catalog) Type(path []string, tn pgsql.TypeName) (*value.Type, error) {
	if tn.PctType {
		return c.columnType(path, tn)
	}
	t, err := c.baseType(path, tn)
	if err != nil {
		return nil, err
	}
	if len(tn.Mods) > 0 {
		if t, err = value.WithMod(t, tn.Mods); err != nil {
			return nil, err
		}
	}
	if tn.Array > 0 {
		t = value.ArrayOf(t)
	}
	return t, nil
}

func (c *Catalog) baseType(path []string, tn pgsql.TypeName) (*value.Type, error) {
	id := pgsql.Ident{Schema: tn.Schema, Name: tn.Name}
	if tn.PctRowtype {
		if schema, name, ok := strings.Cut(tn.Name, "."); ok {
			id = pgsql.Ident{Schema: schema, Name: name}
		}
	} else if tn.Schema == "" || tn.Schema == "pg_catalog" || tn.Schema == "extensions" {
		if t, ok := value.ByName(tn.Name); ok {
			return t, nil
		}
	}
	if u, ok := c.UserType(path, id); ok {
		return u.Type, nil
	}
	if t, ok := c.Table(path, id); ok {
		return t.RowType(), nil
	}
	if tn.Schema != "" && c.Schemas[tn.Schema] == nil {
		return nil, at(errNoSchema(tn.Schema), tn)
	}
	return nil, at(errNoType(written(id)), tn)
}

// columnType resolves tbl.col%type and schema.tbl.col%type.
func (c *Catalog) columnType(path []string, tn pgsql.TypeName) (*value.Type, error) {
	parts := strings.Split(tn.Name, ".")
	if tn.Schema != "" {
		parts = append([]string{tn.Schema}, parts...)
	}
	if len(parts) < 2 {
		return nil, at(errNoType(tn.Name+"%type"), tn)
	}
	id := pgsql.Ident{Name: parts[len(parts)-2]}
	if len(parts) > 2 {
		id.Schema = parts[len(parts)-3]
	}
	t, ok := c.Table(path, id)
	if !ok {
		return nil, at(errNoRelation(written(id)), tn)
	}
	col := t.column(parts[len(parts)-1])
	if col == nil {
		return nil, at(errNoColumn(parts[len(parts)-1], t.Name), tn)
	}
	return col.Type, nil
}

// mapType returns t with every part replaced for which f gives another type; t
// itself where nothing changes.
func mapType(t *value.Type, f func(*value.Type) *value.Type) *value.Type {
	if t == nil {
		return nil
	}
	if n := f(t); n != t {
		return n
	}
	if t.Elem != nil {
		if elem := mapType(t.Elem, f); elem != t.Elem {
			n := *t
			n.Elem = elem
			return &n
		}
	}
	for i, fd := range t.Fields {
		if ft := mapType(fd.Type, f); ft != fd.Type {
			n := *t
			n.Fields = append([]value.Field(nil), t.Fields...)
			n.Fields[i].Type = ft
			return mapType(&n, f)
		}
	}
	return t
}

// mapTypes replaces types throughout the catalogue: an enum got a label, a type its
// new name, a table another row type.
func (e *editor) mapTypes(f func(*value.Type) *value.Type) {
	for _, t := range e.c.allTables() {
		for i, col := range t.Columns {
			if n := mapType(col.Type, f); n != col.Type {
				e.edit(t).Columns[i].Type = n
				t, _ = e.c.TableByID(t.ID)
			}
		}
	}
	for _, fn := range e.c.allFunctions() {
		if n, changed := fn.mapTypes(f); changed {
			e.setFunction(fn, n)
		}
	}
	for _, s := range sortedKeys(e.c.Schemas) {
		for name, u := range e.c.Schemas[s].Types {
			if t := mapType(u.Type, f); t != u.Type {
				n := *u
				n.Type = t
				e.schema(s).Types[name] = &n
			}
		}
	}
}

func (f *Function) mapTypes(m func(*value.Type) *value.Type) (*Function, bool) {
	n, changed := *f, false
	n.Args = append([]Arg(nil), f.Args...)
	n.OutCols = append([]value.Field(nil), f.OutCols...)
	set := func(p **value.Type) {
		if t := mapType(*p, m); t != *p {
			*p, changed = t, true
		}
	}
	for i := range n.Args {
		set(&n.Args[i].Type)
	}
	for i := range n.OutCols {
		set(&n.OutCols[i].Type)
	}
	set(&n.Returns)
	return &n, changed
}

// isNamed reports whether t itself is the user-defined type.
func isNamed(t *value.Type, schema, name string) bool {
	return t.Name == name && t.Schema == schema && (t.Kind == value.Enum || t.Kind == value.Domain || t.Kind == value.Record)
}

// uses reports whether t is, or is made of, the user-defined type.
func uses(t *value.Type, schema, name string) bool {
	if t == nil {
		return false
	}
	if t.Name != "" {
		if t.Kind == value.Domain && uses(t.Elem, schema, name) && !isNamed(t, schema, name) {
			return false // the domain uses it, not whoever uses the domain
		}
		return isNamed(t, schema, name)
	}
	if t.Elem != nil && uses(t.Elem, schema, name) {
		return true
	}
	for _, f := range t.Fields {
		if uses(f.Type, schema, name) {
			return true
		}
	}
	return false
}

// refreshRowTypes puts the present row types of the changed tables where functions
// and columns hold them.
func (e *editor) refreshRowTypes() {
	for i := 0; i < len(e.touched); i++ {
		t, ok := e.c.TableByID(e.touched[i])
		if !ok {
			continue
		}
		row := t.RowType()
		e.mapTypes(func(o *value.Type) *value.Type {
			if o.Kind != value.Record || !isNamed(o, t.Schema, t.Name) || sameFields(o, row) {
				return o
			}
			return row
		})
	}
}

func sameFields(a, b *value.Type) bool {
	if len(a.Fields) != len(b.Fields) {
		return false
	}
	for i, f := range a.Fields {
		if f != b.Fields[i] {
			return false
		}
	}
	return true
}
