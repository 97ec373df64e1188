package schema

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
)

// rebuild makes the table anew beside the old one, copies the rows with their rowids,
// and puts it in the old one's place: SQLite's procedure for changes that its ALTER
// TABLE does not have.
func (d *differ) rebuild(ch *change) {
	from, to := TableName(ch.o), TableName(ch.n)
	fresh := "~" + to
	step := func(sql string) { d.add(Step{Table: to, SQL: sql, Rebuild: true}) }
	step(createTable(ch.n, fresh))
	step(copyRows(ch, from, fresh))
	for _, p := range ch.retyped {
		d.add(Step{Table: to, Rebuild: true, Convert: convert(ch.n, p, from, fresh)})
	}
	// Under legacy_alter_table a rename leaves the references of other tables alone,
	// which mean the name, not this table.
	step("pragma legacy_alter_table = on")
	step("drop table " + Quote(from))
	step("alter table " + Quote(fresh) + " rename to " + Quote(to))
	step("pragma legacy_alter_table = off")
}

func copyRows(ch *change, from, to string) string {
	var cols, vals []string
	if key := RowKey(ch.n); key == "" {
		cols, vals = append(cols, RowID(ch.n)), append(vals, RowID(ch.o))
	}
	for _, c := range ch.n.Columns {
		o := ch.o.ColumnByID(c.ID)
		if o == nil || (retyped(ch, c) && Affinity(o.Type) != Affinity(c.Type)) && c.Name != RowKey(ch.n) {
			continue
		}
		cols, vals = append(cols, Quote(c.Name)), append(vals, Quote(o.Name))
	}
	return "insert into " + Quote(to) + " (" + strings.Join(cols, ", ") + ") select " + strings.Join(vals, ", ") +
		" from " + Quote(from) + " order by " + RowID(ch.o)
}

func retyped(ch *change, c *catalog.Column) bool {
	for _, p := range ch.retyped {
		if p[1] == c {
			return true
		}
	}
	return false
}

// foreignID identifies a foreign key by what it connects, not by names: a rename on
// either side does not change it, nor does another action.
func (d *differ) foreignID(c *catalog.Catalog, t *catalog.Table, f *catalog.Foreign) string {
	var b strings.Builder
	ref := c.Schemas[f.RefSchema].Tables[f.RefTable]
	b.WriteString(strconv.Itoa(ref.ID))
	for i := range f.Cols {
		b.WriteString(" " + strconv.Itoa(idOf(t, f.Cols[i])) + ">" + strconv.Itoa(idOf(ref, f.RefCols[i])))
	}
	return b.String()
}

// dropIndexes drops the indexes that do not stay, and returns those that do. When
// columns were renamed or the table moved, all are made again.
func (d *differ) dropIndexes(ch *change) map[string]string {
	kept := map[string]string{}
	old, _, err := indexes(ch.o, d.print)
	if err != nil {
		old = nil
	}
	want, _, err := indexes(ch.n, d.print)
	if err != nil {
		want = nil
	}
	stays := map[string]string{}
	for _, x := range want {
		stays[x.name] = x.made()
	}
	moved := len(ch.renamed)+len(ch.retyped) > 0 || TableName(ch.o) != TableName(ch.n)
	for _, x := range old {
		if body, ok := stays[x.name]; ok && body == x.made() && !moved {
			kept[x.name] = x.made()
			continue
		}
		d.add(Step{Table: TableName(ch.n), SQL: "drop index " + Quote(x.name)})
	}
	return kept
}

// sameShape brings the indexes of a table up to date whose columns did not change.
func (d *differ) sameShape(o, n *catalog.Table) error {
	kept := d.dropIndexes(&change{o: o, n: n})
	if err := d.makeIndexes(n, kept); err != nil {
		return err
	}
	if pkOf(o) != pkOf(n) || logged(o) != logged(n) {
		d.dropTriggers(o)
		d.makeTriggers(n)
	}
	return nil
}

func pkOf(t *catalog.Table) string {
	if pk := t.PrimaryKey(); pk != nil {
		return strings.Join(pk.Cols, "\x00")
	}
	return ""
}

func (d *differ) dropTriggers(t *catalog.Table) {
	if !logged(t) {
		return
	}
	for _, ev := range events {
		d.add(Step{Table: TableName(t), SQL: "drop trigger if exists " + Quote(triggerName(t, ev.suffix))})
	}
}
