package ddl

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/value"
)

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
	for _, t := range e.c.AllTables() {
		for i, col := range t.Columns {
			if n := mapType(col.Type, f); n != col.Type {
				e.edit(t).Columns[i].Type = n
				t, _ = e.c.TableByID(t.ID)
			}
		}
	}
	for _, fn := range e.c.AllFunctions() {
		if n, changed := mapFunction(fn, f); changed {
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

func mapFunction(f *catalog.Function, m func(*value.Type) *value.Type) (*catalog.Function, bool) {
	n, changed := *f, false
	n.Args = append([]catalog.Arg(nil), f.Args...)
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

// refreshRowTypes puts the present row types of the changed tables where functions
// and columns hold them.
func (e *editor) refreshRowTypes() {
	for i := 0; i < len(e.touched); i++ {
		t, ok := e.c.TableByID(e.touched[i])
		old, had := e.before.TableByID(e.touched[i])
		if !ok || had && old.Schema == t.Schema && old.Name == t.Name && sameFields(old.RowType(), t.RowType()) {
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
	return slices.Equal(a.Fields, b.Fields)
}
