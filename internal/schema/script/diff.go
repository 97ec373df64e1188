package script

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
)

// Diff returns the statements that turn the schemas of from into those of to. A thing
// that has another definition is dropped and made again, but for what holds rows or
// is held in them: tables and domains are altered, enums grow or their columns are
// cast, functions are replaced where they can be. A renamed thing cannot be told from
// a dropped and a new one: read the result before you run it.
func Diff(from, to *catalog.Catalog, schemas []string) []string {
	d := differ{old: list(from, schemas), new: list(to, schemas), gone: map[string]bool{}}
	for _, o := range d.old.objects {
		if n, ok := d.new.find(o.key); !ok || o.text() != n.text() && !d.alters(o.key) {
			d.gone[o.key] = true
		}
	}
	d.dependents()
	d.drops(false)
	d.changes()
	d.drops(true)
	d.out = append(d.out, d.last...)
	return d.out
}

type differ struct {
	old, new *listing
	gone     map[string]bool // keys of old that are dropped, perhaps to be made again
	out      []string
	last     []string // drops of the old forms of types
}

// alters reports whether a changed thing is altered in place.
func (d *differ) alters(key string) bool {
	kind, name, _ := strings.Cut(key, " ")
	switch kind {
	case "table", "comment", "schema":
		return true
	case "function":
		return d.replaceable(name)
	case "type":
		return d.altersType(name)
	}
	return false
}

// dependents: what stands on a dropped thing goes and comes with it, but for tables.
func (d *differ) dependents() {
	for again := true; again; {
		again = false
		for _, o := range d.old.objects {
			if d.gone[o.key] || strings.HasPrefix(o.key, "table ") {
				continue
			}
			if slices.ContainsFunc(o.needs, d.dropped) {
				d.gone[o.key], again = true, true
			}
		}
	}
}

// dropped: needs name functions without signatures.
func (d *differ) dropped(need string) bool {
	if d.gone[need] {
		return true
	}
	if !strings.HasPrefix(need, "function ") {
		return false
	}
	for key := range d.gone {
		if strings.HasPrefix(key, need+"(") {
			return true
		}
	}
	return false
}

// drops writes what goes: early what stands in the way of changes, late what they
// make free.
func (d *differ) drops(late bool) {
	objects := d.old.ordered()
	slices.Reverse(objects)
	for _, o := range objects {
		switch {
		case !d.gone[o.key] || d.late(o) != late || d.goesAlong(o):
		case strings.HasPrefix(o.key, "type ") && d.comes(o.key):
			d.setAside(o)
		default:
			d.out = append(d.out, o.drop)
		}
	}
}

func (d *differ) comes(key string) bool {
	_, ok := d.new.find(key)
	return ok
}

// late: what comes again goes first. Tables go last, and before them nothing that
// their columns use.
func (d *differ) late(o object) bool {
	if d.comes(o.key) {
		return false
	}
	kind, _, _ := strings.Cut(o.key, " ")
	switch kind {
	case "table", "sequence", "type", "schema":
		return true
	case "function":
		name, _, _ := strings.Cut(o.key, "(")
		return slices.ContainsFunc(d.old.objects, func(t object) bool {
			return strings.HasPrefix(t.key, "table ") && slices.Contains(t.needs, name)
		})
	}
	return false
}

// goesAlong: what is only said about a dropped thing needs no statement of its own.
func (d *differ) goesAlong(o object) bool {
	kind, _, _ := strings.Cut(o.key, " ")
	switch kind {
	case "policy", "trigger", "constraint", "view", "function", "type", "table", "sequence", "schema":
		return false
	}
	return slices.ContainsFunc(o.needs, func(need string) bool { return d.gone[need] && !d.comes(need) })
}

func (d *differ) changes() {
	for _, n := range d.new.ordered() {
		o, had := d.old.find(n.key)
		switch {
		case !had || d.gone[n.key]:
			d.out = append(d.out, n.make...)
			if had && strings.HasPrefix(n.key, "type ") {
				d.recast(n)
			}
		case o.text() == n.text():
		default:
			d.change(n)
		}
	}
}

func (d *differ) change(n object) {
	kind, name, _ := strings.Cut(n.key, " ")
	switch kind {
	case "table":
		d.table(d.old.tableNamed(name), d.new.tableNamed(name))
	case "type":
		d.alterType(name, n)
	default:
		d.out = append(d.out, n.make...)
	}
}

func (l *listing) tableNamed(name string) *catalog.Table {
	for _, t := range l.c.AllTables() {
		if shown(t.Schema, t.Name) == name {
			return t
		}
	}
	return nil
}

// replaceable: CREATE OR REPLACE keeps the result and the names of arguments.
func (d *differ) replaceable(sig string) bool {
	o, n := d.old.functionNamed(sig), d.new.functionNamed(sig)
	if o == nil || n == nil || o.Procedure != n.Procedure || len(o.Args) != len(n.Args) {
		return false
	}
	for i := range o.Args {
		a, b := o.Args[i], n.Args[i]
		if a.Name != b.Name && a.Name != "" || a.Mode != b.Mode || typeName(a.Type) != typeName(b.Type) || a.Default != nil && b.Default == nil {
			return false
		}
	}
	return o.SetOf == n.SetOf && (o.Returns == nil) == (n.Returns == nil) && (o.Returns == nil || typeName(o.Returns) == typeName(n.Returns))
}

func (l *listing) functionNamed(sig string) *catalog.Function {
	for _, f := range l.c.AllFunctions() {
		if signature(f) == sig {
			return f
		}
	}
	return nil
}
