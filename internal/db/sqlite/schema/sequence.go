package schema

import (
	"maps"
	"slices"
	"strconv"

	"github.com/plinth-dev/plinth/internal/catalog"
)

// SequenceName is the key of a sequence's row in _sequences.
func SequenceName(q *catalog.Sequence) string { return q.Schema + "." + q.Name }

func sequences(c *catalog.Catalog) map[int]*catalog.Sequence {
	m := map[int]*catalog.Sequence{}
	for _, s := range c.Schemas {
		for _, q := range s.Sequences {
			m[q.ID] = q
		}
	}
	return m
}

// sequences keeps the states of the sequences.
func (d *differ) sequences() {
	before, after := sequences(d.old), sequences(d.new)
	run := func(sql string) { d.add(Step{Table: "_sequences", SQL: sql}) }
	for _, id := range slices.Sorted(maps.Keys(before)) {
		o, n := before[id], after[id]
		if n == nil {
			run("delete from _sequences where name = " + text(SequenceName(o)))
			continue
		}
		if SequenceName(o) != SequenceName(n) {
			run("update _sequences set name = " + text(SequenceName(n)) + " where name = " + text(SequenceName(o)))
		}
		if o.Restarts != n.Restarts {
			run("update _sequences set last = " + strconv.FormatInt(n.RestartAt, 10) + ", called = 0 where name = " + text(SequenceName(n)))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(after)) {
		if n := after[id]; before[id] == nil {
			run("insert into _sequences (name, last, called) values (" + text(SequenceName(n)) + ", " +
				strconv.FormatInt(n.Start, 10) + ", 0)")
		}
	}
}
