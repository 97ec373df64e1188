package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// fall is one object that goes, and why.
type fall struct {
	o, because object
	owned      bool
}

// remove drops objects with all that is owned by them, and under cascade with
// whatever depends on them.
func (e *editor) remove(targets []object, cascade bool) error {
	order := e.falls(targets)
	var needs []fall
	for _, f := range order {
		if !f.owned && !slices.Contains(targets, f.o) {
			needs = append(needs, f)
		}
	}
	if len(needs) > 0 && !cascade {
		return e.refuseDrop(targets[0], needs)
	}
	e.cascadeNotice(needs)
	for i := len(order) - 1; i >= 0; i-- {
		e.erase(order[i].o)
	}
	return nil
}

// falls returns everything that goes with the targets, each once, owners before what
// they own.
func (e *editor) falls(targets []object) []fall {
	g := newGraph(e.c)
	seen := map[object]int{}
	var out []fall
	var visit func(f fall)
	visit = func(f fall) {
		if i, ok := seen[f.o]; ok {
			out[i].owned = out[i].owned || f.owned
			return
		}
		seen[f.o] = len(out)
		out = append(out, f)
		for _, d := range g.on[f.o] {
			because := f.o
			if f.o.what == "column" && !slices.Contains(targets, f.o) {
				because = f.because // the whole table goes: name it, not its column
			}
			if d.via != (object{}) && f.o.what != "table" {
				because = d.via
			} else if d.via.what == "type" {
				because = d.via
			}
			visit(fall{o: g.whole(d.from), because: because, owned: d.owned && g.whole(d.from) == d.from})
		}
	}
	for _, o := range targets {
		visit(fall{o: o, because: o})
	}
	return out
}

// whole is what falls when a part does: a generated column with its expression.
func (g *graph) whole(o object) object {
	if o.what == "generated" {
		return object{"column", o.schema, o.name, o.sub}
	}
	return o
}

func (e *editor) refuseDrop(target object, needs []fall) error {
	lines := make([]string, len(needs))
	for i, f := range needs {
		lines[i] = e.describe(f.o) + " depends on " + e.describe(f.because)
	}
	return fault.SQL("2BP01", "cannot drop %s because other objects depend on it", e.describe(target)).
		WithDetail(strings.Join(lines, "\n")).WithHint(hintCascade)
}

func (e *editor) cascadeNotice(needs []fall) {
	switch len(needs) {
	case 0:
	case 1:
		e.notice(Notice{Code: "00000", Message: "drop cascades to " + e.describe(needs[0].o)})
	default:
		e.notice(Notice{Code: "00000", Message: fmt.Sprintf("drop cascades to %d other objects", len(needs))})
	}
}

// erase takes one object out; what is gone already is left alone.
func (e *editor) erase(o object) {
	switch o.what {
	case "table", "view", "materialized view":
		delete(e.schema(o.schema).Tables, o.name)
	case "type":
		delete(e.schema(o.schema).Types, o.name)
	case "attribute":
		e.eraseAttribute(o)
	case "sequence":
		e.eraseSequence(o)
	case "function":
		if f := e.c.functionOf(o); f != nil {
			e.dropFunction(f)
		}
	case "schema":
		delete(e.c.Schemas, o.name)
	case "publication":
		e.erasePublished(o)
	default:
		if t := e.c.tableOf(o); t != nil {
			e.edit(t).erase(o)
		}
	}
}

// erase takes a part out of a table.
func (t *Table) erase(o object) {
	switch o.what {
	case "column":
		t.Columns = slices.DeleteFunc(t.Columns, func(c *Column) bool { return c.Name == o.sub })
		t.Grants = withoutColumn(t.Grants, o.sub)
	case "default":
		if c := t.column(o.sub); c != nil {
			c.Default = nil
		}
	case "constraint":
		t.Keys = slices.DeleteFunc(t.Keys, func(k *Key) bool { return k.Name == o.sub })
		t.Foreign = slices.DeleteFunc(t.Foreign, func(f *Foreign) bool { return f.Name == o.sub })
		t.Checks = slices.DeleteFunc(t.Checks, func(c *Check) bool { return c.Name == o.sub })
	case "index":
		t.Indexes = slices.DeleteFunc(t.Indexes, func(x *Index) bool { return x.Name == o.sub })
	case "policy":
		t.Policies = slices.DeleteFunc(t.Policies, func(p *Policy) bool { return p.Name == o.sub })
	case "trigger":
		t.Triggers = slices.DeleteFunc(t.Triggers, func(tr *Trigger) bool { return tr.Name == o.sub })
	}
}

func withoutColumn(gs []Grant, col string) []Grant {
	var out []Grant
	for _, g := range gs {
		if len(g.Cols) > 0 {
			g.Cols = slices.DeleteFunc(slices.Clone(g.Cols), func(c string) bool { return c == col })
			if len(g.Cols) == 0 {
				continue
			}
		}
		out = append(out, g)
	}
	return out
}

func (e *editor) eraseSequence(o object) {
	sc := e.schema(o.schema)
	q := sc.Sequences[o.name]
	delete(sc.Sequences, o.name)
	for _, t := range e.c.allTables() {
		for i, col := range t.Columns {
			if col.Sequence == q && q != nil {
				e.edit(t).Columns[i].Sequence = nil
			}
		}
	}
}

func (e *editor) eraseAttribute(o object) {
	u := e.schema(o.schema).Types[o.name]
	if u == nil {
		return
	}
	n, typ := *u, *u.Type
	typ.Fields = nil
	for _, f := range u.Type.Fields {
		if f.Name != o.sub {
			typ.Fields = append(typ.Fields, f)
		}
	}
	n.Type = &typ
	e.schema(o.schema).Types[o.name] = &n
}

func (e *editor) erasePublished(o object) {
	p := e.c.Publications[o.sub]
	if p == nil {
		return
	}
	n := *p
	n.Tables = slices.DeleteFunc(slices.Clone(p.Tables), func(t TableName) bool {
		return t.Schema == o.schema && t.Name == o.name
	})
	e.c.Publications[o.sub] = &n
}

func (e *editor) skipping(format string, args ...any) {
	e.notice(Notice{Code: "00000", Message: fmt.Sprintf(format, args...)})
}
