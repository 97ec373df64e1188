package schema

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
)

// differ gathers the steps from one catalogue to the next.
type differ struct {
	old, new *catalog.Catalog
	print    Printer
	steps    []Step
}

// Diff returns the steps that bring a database of catalogue old to catalogue new.
// Expressions of indexes are printed by print; without it, such an index is left out
// with a notice, or refused where it is unique.
func Diff(old, new *catalog.Catalog, print Printer) ([]Step, error) {
	d := &differ{old: old, new: new, print: print}
	before, after := byID(old), byID(new)
	d.sequences()
	had := old.AllTables()
	var changed []*catalog.Table
	for _, o := range had {
		if n := after[o.ID]; n != nil && stored(o) && n != o {
			changed = append(changed, n)
		}
	}
	// References go before what they refer to is dropped.
	for _, n := range changed {
		if err := d.alter(before[n.ID], n); err != nil {
			return nil, err
		}
	}
	for _, o := range slices.Backward(had) {
		if n := after[o.ID]; stored(o) && n == nil {
			d.add(Step{Table: TableName(o), SQL: "drop table " + Quote(TableName(o))})
		}
	}
	for _, n := range new.AllTables() {
		if o := before[n.ID]; stored(n) && o == nil {
			if err := d.create(n); err != nil {
				return nil, err
			}
		}
	}
	d.labels()
	return d.steps, nil
}

func byID(c *catalog.Catalog) map[int]*catalog.Table {
	m := map[int]*catalog.Table{}
	for t := range c.EachTable() {
		m[t.ID] = t
	}
	return m
}

func (d *differ) add(s ...Step) { d.steps = append(d.steps, s...) }

func (d *differ) create(t *catalog.Table) error {
	d.add(Step{Table: TableName(t), SQL: createTable(t, TableName(t))})
	if err := d.makeIndexes(t, nil); err != nil {
		return err
	}
	d.makeTriggers(t)
	return nil
}

// makeIndexes creates the indexes of t that are not among those kept.
func (d *differ) makeIndexes(t *catalog.Table, kept map[string]string) error {
	want, notices, err := indexes(t, d.print)
	if err != nil {
		return err
	}
	for _, x := range want {
		if kept[x.name] == x.made() {
			continue
		}
		d.add(x.create(t))
		if x.late != nil {
			d.add(x.once(t))
		}
	}
	for _, n := range notices {
		d.add(Step{Table: TableName(t), Notice: n})
	}
	return nil
}

func (d *differ) makeTriggers(t *catalog.Table) {
	for _, sql := range ChangeTriggers(t) {
		d.add(Step{Table: TableName(t), SQL: sql})
	}
}
