package schema

import (
	"maps"
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/value"
)

// labels renames the labels of enums in the stored rows. A statement renames one, so
// two lists of one length differ by renames alone.
func (d *differ) labels() {
	for _, sn := range slices.Sorted(maps.Keys(d.new.Schemas)) {
		o := d.old.Schemas[sn]
		if o == nil {
			continue
		}
		for _, tn := range slices.Sorted(maps.Keys(d.new.Schemas[sn].Types)) {
			u, was := d.new.Schemas[sn].Types[tn], o.Types[tn]
			if was == nil || u == was || u.Type.Kind != value.Enum || len(u.Type.Labels) != len(was.Type.Labels) {
				continue
			}
			for i, l := range u.Type.Labels {
				if l != was.Type.Labels[i] {
					d.relabel(u.Type, was.Type.Labels[i], l)
				}
			}
		}
	}
}

// relabel rewrites a label in every column that can hold it. The rows do not change for
// Postgres, so the change log stays silent.
func (d *differ) relabel(enum *value.Type, from, to string) {
	for _, t := range d.new.AllTables() {
		if !stored(t) {
			continue
		}
		var cols []*catalog.Column
		for _, c := range t.Columns {
			if base := c.Type.Base(); value.Same(base, enum) || base.Kind == value.Array && value.Same(base.Elem.Base(), enum) {
				cols = append(cols, c)
			}
		}
		if len(cols) == 0 {
			continue
		}
		d.dropTriggers(t)
		for _, c := range cols {
			d.add(Step{Table: TableName(t), SQL: relabelColumn(t, c, from, to)})
		}
		d.makeTriggers(t)
	}
}

func relabelColumn(t *catalog.Table, c *catalog.Column, from, to string) string {
	col := Quote(c.Name)
	update := "update " + Quote(TableName(t)) + " set " + col + " = "
	if c.Type.Base().Kind == value.Enum {
		return update + text(to) + " where " + col + " = " + text(from)
	}
	return update + "(select json_group_array(iif(value = " + text(from) + ", " + text(to) + ", value) order by key) from json_each(" + col +
		")) where exists (select 1 from json_each(" + col + ") where value = " + text(from) + ")"
}
