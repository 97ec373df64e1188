package schema

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// change is what happened to one table.
type change struct {
	o, n    *catalog.Table
	added   []*catalog.Column
	dropped []*catalog.Column
	renamed [][2]*catalog.Column
	retyped [][2]*catalog.Column
	foreign []*catalog.Foreign // new foreign keys
	rebuild bool
}

// alter emits the steps for a table that both catalogues have.
func (d *differ) alter(o, n *catalog.Table) error {
	ch := d.compare(o, n)
	for _, p := range ch.retyped {
		// The rowid ties old rows to new ones while values are converted.
		if p[1].Name == RowKey(n) && Affinity(p[0].Type) != Affinity(p[1].Type) {
			return fault.SQL("0A000", "changing the primary key \"%s\" from %s to %s is not supported", p[1].Name, p[0].Type, p[1].Type).
				WithHint("Add a new column, fill it, and make it the primary key.")
		}
	}
	var kept map[string]string
	if !ch.structural() && TableName(o) == TableName(n) {
		if err := d.sameShape(o, n); err != nil {
			return err
		}
		d.verify(ch)
		return nil
	}
	d.dropTriggers(o)
	if ch.rebuild {
		d.rebuild(ch)
	} else {
		kept = d.dropIndexes(ch)
		d.inPlace(ch)
	}
	if err := d.makeIndexes(n, kept); err != nil {
		return err
	}
	d.backfill(ch)
	d.makeTriggers(n)
	d.verify(ch)
	return nil
}

func (ch *change) structural() bool {
	return ch.rebuild || len(ch.added)+len(ch.dropped)+len(ch.renamed)+len(ch.retyped) > 0
}

func (d *differ) compare(o, n *catalog.Table) *change {
	ch := &change{o: o, n: n}
	for _, c := range o.Columns {
		nc := n.ColumnByID(c.ID)
		if nc == nil {
			ch.dropped = append(ch.dropped, c)
			ch.rebuild = ch.rebuild || ch.fixed(c)
			continue
		}
		pair := [2]*catalog.Column{c, nc}
		if c.Name != nc.Name {
			ch.renamed = append(ch.renamed, pair)
		}
		if !sameType(c.Type, nc.Type) && !d.renamedType(c.Type, nc.Type) {
			ch.retyped = append(ch.retyped, pair)
			ch.rebuild = ch.rebuild || Affinity(c.Type) != Affinity(nc.Type) || collation(c.Type) != collation(nc.Type)
		}
	}
	for _, c := range n.Columns {
		if o.ColumnByID(c.ID) == nil {
			ch.added = append(ch.added, c)
		}
	}
	ch.rebuild = ch.rebuild || idOf(o, RowKey(o)) != idOf(n, RowKey(n)) || len(o.Columns) == 0 || len(n.Columns) == 0
	d.compareForeign(ch)
	return ch
}

// fixed reports whether SQLite can't drop the column in place.
func (ch *change) fixed(c *catalog.Column) bool {
	if RowKey(ch.o) == c.Name {
		return true
	}
	for _, f := range ch.o.Foreign {
		if slices.Contains(f.Cols, c.Name) {
			return true
		}
	}
	return false
}

func idOf(t *catalog.Table, col string) int {
	if c := t.ColumnNamed(col); c != nil {
		return c.ID
	}
	return 0
}

// compareForeign looks for foreign keys that came, went or changed. A new one over one
// new column can be added in place.
func (d *differ) compareForeign(ch *change) {
	old := map[string]bool{}
	for _, f := range ch.o.Foreign {
		old[d.foreignID(d.old, ch.o, f)] = true
	}
	for _, f := range ch.n.Foreign {
		id := d.foreignID(d.new, ch.n, f)
		if old[id] {
			delete(old, id)
			continue
		}
		ch.foreign = append(ch.foreign, f)
		if len(f.Cols) != 1 || ch.o.ColumnByID(idOf(ch.n, f.Cols[0])) != nil {
			ch.rebuild = true
		}
	}
	ch.rebuild = ch.rebuild || len(old) > 0
}

// inPlace alters the table by SQLite's own ALTER TABLE.
func (d *differ) inPlace(ch *change) {
	name := TableName(ch.o)
	if to := TableName(ch.n); to != name {
		d.add(Step{Table: to, SQL: "alter table " + Quote(name) + " rename to " + Quote(to)})
		name = to
	}
	alter := "alter table " + Quote(name) + " "
	for _, c := range ch.dropped {
		d.add(Step{Table: name, SQL: alter + "drop column " + Quote(c.Name)})
	}
	d.renameColumns(ch, alter)
	for _, c := range ch.added {
		sql := alter + "add column " + declared(c)
		for _, f := range ch.foreign {
			if f.Cols[0] == c.Name {
				sql += " constraint " + Quote(f.Name) + " " + foreign(f, false)
			}
		}
		d.add(Step{Table: name, SQL: sql})
	}
	for _, p := range ch.retyped {
		d.add(Step{Table: name, Convert: convert(ch.n, p, name, name)})
	}
}

// renameColumns renames; a name that is still taken by another renamed column goes
// through a third one.
func (d *differ) renameColumns(ch *change, alter string) {
	for i, p := range ch.renamed {
		from, to := p[0].Name, p[1].Name
		for j, q := range ch.renamed {
			if j > i && q[0].Name == to {
				to = "~" + to
			}
		}
		d.add(Step{Table: TableName(ch.n), SQL: alter + "rename column " + Quote(from) + " to " + Quote(to)})
		if to != p[1].Name {
			defer d.add(Step{Table: TableName(ch.n), SQL: alter + "rename column " + Quote(to) + " to " + Quote(p[1].Name)})
		}
	}
}

func convert(n *catalog.Table, p [2]*catalog.Column, from, to string) *Convert {
	return &Convert{
		TableID: n.ID, ColumnID: p[1].ID, From: from, To: to, OldColumn: p[0].Name, Column: p[1].Name,
		OldType: p[0].Type, NewType: p[1].Type, Same: widens(p[0].Type, p[1].Type),
	}
}

// sameType reports whether stored values need no look.
func sameType(a, b *value.Type) bool {
	if a.Kind == value.Enum && value.Same(a, b) {
		return true // labels have steps of their own
	}
	return value.Same(a, b) && a.Mod == b.Mod
}

// renamedType reports whether a and b are one type of the user's, whose name alone
// changed: a statement that renames a type alters no column.
func (d *differ) renamedType(a, b *value.Type) bool {
	for a.Kind == value.Array && b.Kind == value.Array {
		a, b = a.Elem, b.Elem
	}
	return a.Name != "" && b.Name != "" && a.Kind == b.Kind && userType(d.old, b) == nil && userType(d.new, a) == nil
}

func userType(c *catalog.Catalog, t *value.Type) *catalog.UserType {
	if s := c.Schemas[t.Schema]; s != nil {
		return s.Types[t.Name]
	}
	return nil
}

// widens reports whether every stored value of a is one of b.
func widens(a, b *value.Type) bool {
	if b.Kind == value.Domain {
		return false
	}
	a = a.Base()
	ints := map[value.Kind]int{value.Int2: 1, value.Int4: 2, value.Int8: 3}
	if ints[a.Kind] > 0 && ints[b.Kind] > 0 {
		return ints[a.Kind] <= ints[b.Kind]
	}
	switch {
	case b.Kind == value.Text, b.Kind == value.Varchar && b.Mod == 0:
		return a.Kind == value.Text || a.Kind == value.Varchar || a.Kind == value.Citext || a.Kind == value.UUID || a.Kind == value.Enum
	case b.Kind == value.Varchar && a.Kind == value.Varchar:
		return a.Mod != 0 && b.Mod >= a.Mod
	case b.Kind == value.Numeric && a.Kind == value.Numeric:
		return b.Mod == 0
	case b.Kind == value.Float8:
		return a.Kind == value.Float4
	}
	return value.Same(a, b) && b.Mod == 0
}

// backfill asks for the values of new columns.
func (d *differ) backfill(ch *change) {
	for _, c := range ch.added {
		if c.Default != nil || c.Generated != nil || c.Sequence != nil || c.NotNull || c.Type.Kind == value.Domain {
			d.add(Step{Table: TableName(ch.n), Backfill: c.ID})
		}
	}
}

// verify asks whether the rows that are there satisfy what is new.
func (d *differ) verify(ch *change) {
	name := TableName(ch.n)
	for _, c := range ch.n.Columns {
		o := ch.o.ColumnByID(c.ID)
		if c.NotNull && (o == nil || !o.NotNull) {
			f := fault.SQL("23502", "column \"%s\" of relation \"%s\" contains null values", c.Name, ch.n.Name)
			f.Schema, f.Table, f.Column = ch.n.Schema, ch.n.Name, c.Name
			d.add(Step{Table: name, Probe: "select 1 from " + Quote(name) + " where " + Quote(c.Name) + " is null limit 1", Fault: f})
		}
	}
	for _, c := range ch.n.Checks {
		if o := ch.o.CheckConstraint(c.Name); !c.NotValid && (o == nil || o.NotValid) {
			d.add(Step{Table: name, Check: c.Name})
		}
	}
	for _, f := range ch.n.Foreign {
		o := ch.o.ForeignKey(f.Name)
		if f.NotValid || !slices.Contains(ch.foreign, f) && (o == nil || !o.NotValid) {
			continue
		}
		d.add(Step{Table: name, Probe: orphans(ch.n, f), Fault: orphan(ch.n, f)})
	}
}

func orphan(t *catalog.Table, k *catalog.Foreign) error {
	f := fault.SQL("23503", "insert or update on table \"%s\" violates foreign key constraint \"%s\"", t.Name, k.Name)
	f.Schema, f.Table, f.Constraint = t.Schema, t.Name, k.Name
	return f
}

// orphans finds a row whose foreign key points nowhere.
func orphans(t *catalog.Table, f *catalog.Foreign) string {
	where, join := "", ""
	for i, c := range f.Cols {
		where += "c." + Quote(c) + " is not null and "
		if i > 0 {
			join += " and "
		}
		join += "p." + Quote(f.RefCols[i]) + " = c." + Quote(c)
	}
	return "select 1 from " + Quote(TableName(t)) + " c where " + where +
		"not exists (select 1 from " + Quote(Name(f.RefSchema, f.RefTable)) + " p where " + join + ") limit 1"
}
