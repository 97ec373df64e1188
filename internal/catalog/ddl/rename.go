package ddl

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// renameColumn renames a column wherever its name is stored.
func (e *editor) renameColumn(t *catalog.Table, from, to string) error {
	col := t.ColumnNamed(from)
	if col == nil {
		return fault.SQL("42703", "column \"%s\" does not exist", from)
	}
	if t.Column(to) >= 0 {
		return fault.SQL("42701", "column \"%s\" of relation \"%s\" already exists", to, t.Name)
	}
	var refused error
	e.rewrite(func(hit func()) *scope.Scan {
		w := &scope.Scan{C: e.c}
		w.Column = func(o *catalog.Table, name string, n *pgsql.Column) {
			if o.ID != t.ID || name != from {
				return
			}
			if !n.Star {
				n.Parts[len(n.Parts)-1] = to
			}
			hit()
		}
		w.Using = func(o *catalog.Table, name string) {
			if o.ID == t.ID && name == from {
				refused = errUnsupported("Drop the view, rename the column, and create the view again.",
					"renaming column \"%s\", which a view joins by USING, is not supported", from)
			}
		}
		return w
	})
	if refused != nil {
		return refused
	}
	t, _ = e.c.TableByID(t.ID)
	t = e.edit(t)
	t.ColumnNamed(from).Name = to
	if t.ViewDef != nil {
		q := scope.CloneSelect(t.ViewDef.Query)
		t.ViewDef.Query = q
		nameTargets(t)
		t.ViewDef.Text = pgsql.Print(q)
	}
	renameParts(t, from, to)
	for _, r := range e.c.Referencing(t) {
		f := e.edit(r.Table).ForeignKey(r.Foreign.Name)
		f.RefCols = renamed(f.RefCols, from, to)
	}
	e.renameOwned(t, from, to)
	return nil
}

// renameParts renames a column in the lists of names that t holds.
func renameParts(t *catalog.Table, from, to string) {
	for _, k := range t.Keys {
		k.Cols = renamed(k.Cols, from, to)
	}
	for _, f := range t.Foreign {
		f.Cols, f.SetCols = renamed(f.Cols, from, to), renamed(f.SetCols, from, to)
	}
	for _, ix := range t.Indexes {
		ix.Include = renamed(ix.Include, from, to)
	}
	for _, tr := range t.Triggers {
		tr.UpdateOf = renamed(tr.UpdateOf, from, to)
	}
	for i := range t.Grants {
		t.Grants[i].Cols = renamed(t.Grants[i].Cols, from, to)
	}
}

func renamed(names []string, from, to string) []string {
	i := slices.Index(names, from)
	if i < 0 {
		return names
	}
	out := slices.Clone(names)
	out[i] = to
	return out
}

// renameOwned tells the sequences of a column or table that it has another name.
func (e *editor) renameOwned(t *catalog.Table, from, to string) {
	old := t.Schema + "." + t.Name + "." + from
	for _, s := range sortedKeys(e.c.Schemas) {
		for _, q := range e.c.Schemas[s].Sequences {
			if q.OwnedBy == old {
				n := *q
				n.OwnedBy = t.Schema + "." + t.Name + "." + to
				e.setSequence(q, &n)
			}
		}
	}
}

func (e *editor) renameTable(t *catalog.Table, to string) error {
	if e.relationTaken(t.Schema, to, nil) {
		return errRelationExists(to)
	}
	if e.c.Schemas[t.Schema].Types[to] != nil {
		return fault.SQL("42710", "type \"%s\" already exists", to)
	}
	return e.reseat(t, t.Schema, to)
}

func (e *editor) moveTable(t *catalog.Table, schema string) error {
	sc := e.schema(schema)
	if sc == nil {
		return errNoSchema(schema)
	}
	if schema == t.Schema {
		return nil
	}
	if e.relationTaken(schema, t.Name, nil) {
		return fault.SQL("42P07", "relation \"%s\" already exists in schema \"%s\"", t.Name, schema)
	}
	for _, q := range e.c.Schemas[t.Schema].Sequences {
		if o, _ := e.c.SequenceOwner(q); o == t {
			if err := e.reseatSequence(q, schema, q.Name); err != nil {
				return err
			}
		}
	}
	t, _ = e.c.TableByID(t.ID)
	return e.reseat(e.edit(t), schema, t.Name)
}

// reseat gives a table another schema and name, everywhere.
func (e *editor) reseat(t *catalog.Table, schema, name string) error {
	old := catalog.TableName{Schema: t.Schema, Name: t.Name}
	e.rewrite(func(hit func()) *scope.Scan { return e.tableRenamer(t, schema, name, hit) })
	refs := e.c.Referencing(t)
	t, _ = e.c.TableByID(t.ID)
	t = e.edit(t)
	delete(e.schema(old.Schema).Tables, old.Name)
	t.Schema, t.Name = schema, name
	e.schema(schema).Tables[name] = t
	for _, r := range refs {
		o, _ := e.c.TableByID(r.Table.ID)
		f := e.edit(o).ForeignKey(r.Foreign.Name)
		f.RefSchema, f.RefTable = schema, name
	}
	for pn, p := range e.c.Publications {
		if i := slices.Index(p.Tables, old); i >= 0 {
			n := *p
			n.Tables = slices.Clone(p.Tables)
			n.Tables[i] = catalog.TableName{Schema: schema, Name: name}
			e.c.Publications[pn] = &n
		}
	}
	prefix := old.Schema + "." + old.Name + "."
	for _, s := range sortedKeys(e.c.Schemas) {
		for _, q := range e.c.Schemas[s].Sequences {
			if col, ok := cutPrefix(q.OwnedBy, prefix); ok {
				n := *q
				n.OwnedBy = schema + "." + name + "." + col
				e.setSequence(q, &n)
			}
		}
	}
	e.renameTypeIn(value.Record, catalog.TableName(old), catalog.TableName{Schema: schema, Name: name})
	return nil
}

func cutPrefix(s, prefix string) (string, bool) {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):], true
	}
	return "", false
}

// tableRenamer is the scan that renames a table in stored trees. A reference in a
// query keeps its old name as an alias, so nothing else in the query changes.
func (e *editor) tableRenamer(t *catalog.Table, schema, name string, hit func()) *scope.Scan {
	w := &scope.Scan{C: e.c}
	w.Table = func(o *catalog.Table, ref *pgsql.TableRef) {
		if o.ID != t.ID {
			return
		}
		if ref.Alias == "" && ref.Name.Name != name {
			ref.Alias = ref.Name.Name
		}
		ref.Name = pgsql.Ident{Schema: schema, Name: name}
		hit()
	}
	w.Column = func(o *catalog.Table, col string, n *pgsql.Column) {
		if o.ID != t.ID || n.Star || len(n.Parts) < 2 {
			return
		}
		switch {
		case len(n.Parts) > 2:
			n.Parts = []string{t.Name, col}
			hit()
		case n.Parts[0] == t.Name && w.Rooted:
			n.Parts = []string{name, col}
			hit()
		}
	}
	w.Type = func(tn *pgsql.TypeName) {
		if tn.Schema == t.Schema && tn.Name == t.Name {
			tn.Schema, tn.Name = schema, name
			hit()
		}
	}
	w.Cast = func(n *pgsql.Cast) {
		s, ok := n.X.(*pgsql.Str)
		if ok && n.To.Name == "regclass" && scope.ParseName(s.Val) == (pgsql.Ident{Schema: t.Schema, Name: t.Name}) {
			s.Val = scope.QuoteName(schema, name)
			hit()
		}
	}
	return w
}

func (e *editor) renameConstraint(t *catalog.Table, from, to string) error {
	if !t.HasConstraint(from) {
		return fault.SQL("42704", "constraint \"%s\" for table \"%s\" does not exist", from, t.Name)
	}
	if k := t.Key(from); k != nil {
		if e.relationTaken(t.Schema, to, nil) {
			return errRelationExists(to)
		}
		k.Name = to
		return nil
	}
	if t.HasConstraint(to) {
		return fault.SQL("42710", "constraint \"%s\" for relation \"%s\" already exists", to, t.Name)
	}
	if f := t.ForeignKey(from); f != nil {
		f.Name = to
	}
	if c := t.CheckConstraint(from); c != nil {
		c.Name = to
	}
	return nil
}
