package catalog

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// edge says that from depends on to. An owned thing goes with its owner; any other
// needs CASCADE.
type edge struct {
	from, to object
	owned    bool
	// via is shown in messages instead of to, where set.
	via object
}

// graph is what depends on what in a catalogue.
type graph struct {
	c     *Catalog
	on    map[object][]edge
	edges map[edge]bool
}

func newGraph(c *Catalog) *graph {
	g := &graph{c: c, on: map[object][]edge{}, edges: map[edge]bool{}}
	for _, t := range c.allTables() {
		g.table(t)
	}
	for _, f := range c.allFunctions() {
		g.function(f)
	}
	for _, name := range sortedKeys(c.Schemas) {
		g.schema(c.Schemas[name])
	}
	for _, p := range c.Publications {
		for _, tn := range p.Tables {
			if t := c.tableOf(object{schema: tn.Schema, name: tn.Name}); t != nil {
				g.add(edge{from: t.object("publication", p.Name), to: t.self(), owned: true})
			}
		}
	}
	return g
}

func (g *graph) add(d edge) {
	if d.from == d.to || g.edges[d] {
		return
	}
	g.edges[d] = true
	g.on[d.to] = append(g.on[d.to], d)
}

func (g *graph) schema(s *Schema) {
	self := object{what: "schema", name: s.Name}
	for _, name := range sortedKeys(s.Types) {
		u := s.Types[name]
		o := object{what: "type", schema: s.Name, name: name}
		g.add(edge{from: o, to: self})
		for _, f := range u.Type.Fields {
			g.types(object{"attribute", s.Name, name, f.Name}, f.Type)
			g.add(edge{from: object{"attribute", s.Name, name, f.Name}, to: o, owned: true})
		}
		if u.Type.Kind == value.Domain {
			g.types(o, u.Type.Elem)
		}
		for _, st := range u.sites(o) {
			g.site(st)
		}
	}
	for _, name := range sortedKeys(s.Sequences) {
		q := s.Sequences[name]
		g.add(edge{from: q.object(), to: self})
		if t, col := g.c.ownerOf(q); t != nil {
			g.add(edge{from: q.object(), to: t.object("column", col.Name), owned: true})
		}
	}
}

// ownerOf returns the column that owns a sequence.
func (c *Catalog) ownerOf(q *Sequence) (*Table, *Column) {
	if q.OwnedBy == "" {
		return nil, nil
	}
	for _, s := range c.Schemas {
		for _, t := range s.Tables {
			for _, col := range t.Columns {
				if q.OwnedBy == t.Schema+"."+t.Name+"."+col.Name {
					return t, col
				}
			}
		}
	}
	return nil, nil
}

func (g *graph) table(t *Table) {
	g.add(edge{from: t.self(), to: object{what: "schema", name: t.Schema}})
	for _, col := range t.Columns {
		o := t.object("column", col.Name)
		g.add(edge{from: o, to: t.self(), owned: true})
		if t.Kind == Base {
			g.types(o, col.Type)
		}
		if col.Default != nil {
			g.add(edge{from: t.object("default", col.Name), to: o, owned: true})
		}
		if col.Generated != nil {
			g.add(edge{from: t.object("generated", col.Name), to: o, owned: true})
		}
	}
	for _, k := range t.Keys {
		g.columns(t.object("constraint", k.Name), t, k.Cols, true)
	}
	for _, ix := range t.Indexes {
		g.add(edge{from: t.object("index", ix.Name), to: t.self(), owned: true})
		g.columns(t.object("index", ix.Name), t, ix.Include, true)
	}
	for _, c := range t.Checks {
		g.add(edge{from: t.object("constraint", c.Name), to: t.self(), owned: true})
	}
	for _, f := range t.Foreign {
		g.foreign(t, f)
	}
	for _, p := range t.Policies {
		g.add(edge{from: t.object("policy", p.Name), to: t.self(), owned: true})
	}
	for _, tr := range t.Triggers {
		g.trigger(t, tr)
	}
	for _, s := range t.sites() {
		g.site(s)
	}
}

func (g *graph) columns(from object, t *Table, cols []string, owned bool) {
	for _, c := range cols {
		g.add(edge{from: from, to: t.object("column", c), owned: owned})
	}
}

func (g *graph) foreign(t *Table, f *Foreign) {
	o := t.object("constraint", f.Name)
	g.columns(o, t, f.Cols, true)
	ref := g.c.tableOf(object{schema: f.RefSchema, name: f.RefTable})
	if ref == nil {
		return
	}
	g.columns(o, ref, f.RefCols, false)
	if name := ref.uniqueOn(f.RefCols); name != "" {
		what := "constraint"
		if ref.index(name) != nil {
			what = "index"
		}
		g.add(edge{from: o, to: ref.object(what, name), via: ref.object("index", name)})
	}
}

func (g *graph) trigger(t *Table, tr *Trigger) {
	o := t.object("trigger", tr.Name)
	g.add(edge{from: o, to: t.self(), owned: true})
	g.columns(o, t, tr.UpdateOf, false)
	if s := g.c.Schemas[tr.FuncSchema]; s != nil {
		for _, f := range s.Funcs[tr.Func] {
			if len(f.InArgs()) == 0 {
				g.add(edge{from: o, to: f.object()})
			}
		}
	}
}

func (g *graph) function(f *Function) {
	o := f.object()
	g.add(edge{from: o, to: object{what: "schema", name: f.Schema}})
	for _, a := range f.Args {
		g.types(o, a.Type)
	}
	for _, c := range f.OutCols {
		g.types(o, c.Type)
	}
	g.types(o, f.Returns)
	for _, s := range f.sites() {
		g.site(s)
	}
}

// types makes from depend on the user-defined types of t.
func (g *graph) types(from object, t *value.Type) {
	if t == nil {
		return
	}
	if t.Name != "" {
		to := object{what: "type", schema: t.Schema, name: t.Name}
		if tbl := g.c.tableOf(to); tbl != nil && t.Kind == value.Record {
			g.add(edge{from: from, to: tbl.self(), via: to})
			return
		}
		g.add(edge{from: from, to: to})
		return
	}
	g.types(from, t.Elem)
	for _, f := range t.Fields {
		g.types(from, f.Type)
	}
}

// site makes the owner of a stored tree depend on what the tree names.
func (g *graph) site(s site) {
	ownedBy := ""
	if s.owner.what == "index" || s.owner.what == "constraint" {
		ownedBy = s.owner.name // an index or a check goes with its columns
	}
	own := g.c.tableOf(s.owner)
	w := &scan{c: g.c}
	w.column = func(t *Table, name string, _ *pgsql.Column) {
		mine := own != nil && t.ID == own.ID && ownedBy != ""
		g.add(edge{from: s.owner, to: t.object("column", name), owned: mine})
	}
	w.using = func(t *Table, name string) { g.add(edge{from: s.owner, to: t.object("column", name)}) }
	w.table = func(t *Table, _ *pgsql.TableRef) { g.add(edge{from: s.owner, to: t.self()}) }
	w.typ = func(tn *pgsql.TypeName) {
		if tn.Schema == "" {
			return
		}
		if t, err := g.c.Type(nil, *tn); err == nil {
			g.types(s.owner, t)
		}
	}
	w.call = func(n *pgsql.Call) { g.call(s.owner, n) }
	w.cast = func(n *pgsql.Cast) {
		if str, ok := n.X.(*pgsql.Str); ok && n.To.Name == "regclass" {
			g.regclass(s.owner, str.Val)
		}
	}
	w.site(s)
}

func (g *graph) call(from object, n *pgsql.Call) {
	if len(n.Args) > 0 && slices.Contains([]string{"nextval", "currval", "setval"}, n.Name.Name) {
		if s, ok := n.Args[0].(*pgsql.Str); ok {
			g.regclass(from, s.Val)
		}
	}
	if n.Name.Schema == "" {
		return
	}
	for _, f := range g.c.Functions(nil, n.Name) {
		if f.accepts(len(n.Args)) {
			g.add(edge{from: from, to: f.object()})
		}
	}
}

func (g *graph) regclass(from object, text string) {
	id := parseName(text)
	if q, ok := g.c.Sequence(nil, id); ok {
		g.add(edge{from: from, to: q.object()})
	} else if t, ok := g.c.Table(nil, id); ok {
		g.add(edge{from: from, to: t.self()})
	}
}
