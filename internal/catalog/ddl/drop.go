package ddl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/fault"
)

// fall is one object that goes, and why.
type fall struct {
	o, because scope.Object
	owned      bool
}

// remove drops objects with all that is owned by them, and under cascade with
// whatever depends on them.
func (e *editor) remove(targets []scope.Object, cascade bool) error {
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
func (e *editor) falls(targets []scope.Object) []fall {
	g := scope.NewGraph(e.c)
	seen := map[scope.Object]int{}
	var out []fall
	var visit func(f fall)
	visit = func(f fall) {
		if i, ok := seen[f.o]; ok {
			out[i].owned = out[i].owned || f.owned
			return
		}
		seen[f.o] = len(out)
		out = append(out, f)
		for _, d := range g.On[f.o] {
			because := f.o
			if f.owned && partial(f.o) && !slices.Contains(targets, f.o) {
				because = f.because // the owner is named: the part was not asked for
			} else if d.Via != (scope.Object{}) {
				because = d.Via
			}
			visit(fall{o: whole(d.From), because: because, owned: d.Owned && whole(d.From) == d.From})
		}
	}
	for _, o := range targets {
		visit(fall{o: o, because: o})
	}
	return out
}

// partial reports whether o is a part of a table that things depend on.
func partial(o scope.Object) bool {
	return o.What == "column" || o.What == "constraint" || o.What == "index"
}

// whole is what falls when a part does: a generated column with its expression.
func whole(o scope.Object) scope.Object {
	if o.What == "generated" {
		return scope.Object{What: "column", Schema: o.Schema, Name: o.Name, Sub: o.Sub}
	}
	return o
}

func (e *editor) refuseDrop(target scope.Object, needs []fall) error {
	lines := make([]string, len(needs))
	for i, f := range needs {
		lines[i] = e.describe(f.o) + " depends on " + e.describe(f.because)
	}
	return fault.SQL("2BP01", "cannot drop %s because other objects depend on it", e.describe(target)).
		WithDetail(strings.Join(lines, "\n")).WithHint(hintCascade)
}

func (e *editor) cascadeNotice(needs []fall) {
	lines := make([]string, len(needs))
	for i, f := range needs {
		lines[i] = "drop cascades to " + e.describe(f.o)
	}
	switch len(needs) {
	case 0:
	case 1:
		e.notice(catalog.Notice{Code: "00000", Message: lines[0]})
	default:
		e.notice(catalog.Notice{Code: "00000", Message: fmt.Sprintf("drop cascades to %d other objects", len(needs)), Detail: strings.Join(lines, "\n")})
	}
}

// erase takes one object out; what is gone already is left alone.
func (e *editor) erase(o scope.Object) {
	switch o.What {
	case "table", "view", "materialized view":
		delete(e.schema(o.Schema).Tables, o.Name)
	case "type":
		delete(e.schema(o.Schema).Types, o.Name)
	case "attribute":
		e.eraseAttribute(o)
	case "sequence":
		e.eraseSequence(o)
	case "function":
		if f := o.Function(e.c); f != nil {
			e.dropFunction(f)
		}
	case "schema":
		delete(e.c.Schemas, o.Name)
	case "publication":
		e.erasePublished(o)
	default:
		if t := o.Table(e.c); t != nil {
			erasePart(e.edit(t), o)
		}
	}
}

// erase takes a part out of a table.
func erasePart(t *catalog.Table, o scope.Object) {
	switch o.What {
	case "column":
		t.Columns = slices.DeleteFunc(t.Columns, func(c *catalog.Column) bool { return c.Name == o.Sub })
		t.Grants = withoutColumn(t.Grants, o.Sub)
	case "default":
		if c := t.ColumnNamed(o.Sub); c != nil {
			c.Default = nil
		}
	case "constraint":
		t.Keys = slices.DeleteFunc(t.Keys, func(k *catalog.Key) bool { return k.Name == o.Sub })
		t.Foreign = slices.DeleteFunc(t.Foreign, func(f *catalog.Foreign) bool { return f.Name == o.Sub })
		t.Checks = slices.DeleteFunc(t.Checks, func(c *catalog.Check) bool { return c.Name == o.Sub })
	case "index":
		t.Indexes = slices.DeleteFunc(t.Indexes, func(x *catalog.Index) bool { return x.Name == o.Sub })
	case "policy":
		t.Policies = slices.DeleteFunc(t.Policies, func(p *catalog.Policy) bool { return p.Name == o.Sub })
	case "trigger":
		t.Triggers = slices.DeleteFunc(t.Triggers, func(tr *catalog.Trigger) bool { return tr.Name == o.Sub })
	}
}

func withoutColumn(gs []catalog.Grant, col string) []catalog.Grant {
	var out []catalog.Grant
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

func (e *editor) eraseSequence(o scope.Object) {
	sc := e.schema(o.Schema)
	q := sc.Sequences[o.Name]
	delete(sc.Sequences, o.Name)
	for _, t := range e.c.AllTables() {
		for i, col := range t.Columns {
			if col.Sequence == q && q != nil {
				e.edit(t).Columns[i].Sequence = nil
			}
		}
	}
}

func (e *editor) eraseAttribute(o scope.Object) {
	u := e.schema(o.Schema).Types[o.Name]
	if u == nil {
		return
	}
	n, typ := *u, *u.Type
	typ.Fields = nil
	for _, f := range u.Type.Fields {
		if f.Name != o.Sub {
			typ.Fields = append(typ.Fields, f)
		}
	}
	n.Type = &typ
	e.schema(o.Schema).Types[o.Name] = &n
}

func (e *editor) erasePublished(o scope.Object) {
	p := e.c.Publications[o.Sub]
	if p == nil {
		return
	}
	n := *p
	n.Tables = slices.DeleteFunc(slices.Clone(p.Tables), func(t catalog.TableName) bool {
		return t.Schema == o.Schema && t.Name == o.Name
	})
	e.c.Publications[o.Sub] = &n
}

func (e *editor) skipping(format string, args ...any) {
	e.notice(catalog.Notice{Code: "00000", Message: fmt.Sprintf(format, args...)})
}
