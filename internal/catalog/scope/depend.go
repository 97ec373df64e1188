package scope

import (
	"maps"
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// Edge says that from depends on to. An owned thing goes with its owner; any other
// needs CASCADE.
type Edge struct {
	From, To Object
	Owned    bool
	// via is shown in messages instead of to, where set.
	Via Object
}

// Graph is what depends on what in a catalogue.
type Graph struct {
	c     *catalog.Catalog
	On    map[Object][]Edge
	edges map[Edge]bool
}

func NewGraph(c *catalog.Catalog) *Graph {
	g := &Graph{c: c, On: map[Object][]Edge{}, edges: map[Edge]bool{}}
	for _, t := range c.AllTables() {
		g.table(t)
	}
	for _, f := range c.AllFunctions() {
		g.function(f)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Schemas)) {
		g.schema(c.Schemas[name])
	}
	for _, p := range c.Publications {
		for _, tn := range p.Tables {
			if t := (Object{Schema: tn.Schema, Name: tn.Name}).Table(c); t != nil {
				g.add(Edge{From: PartOf(t, "publication", p.Name), To: OfTable(t), Owned: true})
			}
		}
	}
	return g
}

func (g *Graph) add(d Edge) {
	if d.From == d.To || g.edges[d] {
		return
	}
	g.edges[d] = true
	g.On[d.To] = append(g.On[d.To], d)
}

func (g *Graph) schema(s *catalog.Schema) {
	self := Object{What: "schema", Name: s.Name}
	for _, name := range slices.Sorted(maps.Keys(s.Types)) {
		u := s.Types[name]
		o := Object{What: "type", Schema: s.Name, Name: name}
		g.add(Edge{From: o, To: self})
		for _, f := range u.Type.Fields {
			g.types(Object{"attribute", s.Name, name, f.Name}, f.Type)
			g.add(Edge{From: Object{"attribute", s.Name, name, f.Name}, To: o, Owned: true})
		}
		if u.Type.Kind == value.Domain {
			g.types(o, u.Type.Elem)
		}
		for _, st := range DomainSites(u, o) {
			g.site(st)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Sequences)) {
		q := s.Sequences[name]
		g.add(Edge{From: OfSequence(q), To: self})
		if t, col := g.c.SequenceOwner(q); t != nil {
			g.add(Edge{From: OfSequence(q), To: PartOf(t, "column", col.Name), Owned: true})
		}
	}
}

func (g *Graph) table(t *catalog.Table) {
	g.add(Edge{From: OfTable(t), To: Object{What: "schema", Name: t.Schema}})
	for _, col := range t.Columns {
		o := PartOf(t, "column", col.Name)
		g.add(Edge{From: o, To: OfTable(t), Owned: true})
		if t.Kind == catalog.Base {
			g.types(o, col.Type)
		}
		if col.Default != nil {
			g.add(Edge{From: PartOf(t, "default", col.Name), To: o, Owned: true})
		}
		if col.Generated != nil {
			g.add(Edge{From: PartOf(t, "generated", col.Name), To: o, Owned: true})
		}
	}
	for _, k := range t.Keys {
		g.columns(PartOf(t, "constraint", k.Name), t, k.Cols, true)
	}
	for _, ix := range t.Indexes {
		g.add(Edge{From: PartOf(t, "index", ix.Name), To: OfTable(t), Owned: true})
		g.columns(PartOf(t, "index", ix.Name), t, ix.Include, true)
	}
	for _, c := range t.Checks {
		g.add(Edge{From: PartOf(t, "constraint", c.Name), To: OfTable(t), Owned: true})
	}
	for _, f := range t.Foreign {
		g.foreign(t, f)
	}
	for _, p := range t.Policies {
		g.add(Edge{From: PartOf(t, "policy", p.Name), To: OfTable(t), Owned: true})
	}
	for _, tr := range t.Triggers {
		g.trigger(t, tr)
	}
	for _, s := range TableSites(t) {
		g.site(s)
	}
}

func (g *Graph) columns(from Object, t *catalog.Table, cols []string, owned bool) {
	for _, c := range cols {
		g.add(Edge{From: from, To: PartOf(t, "column", c), Owned: owned})
	}
}

func (g *Graph) foreign(t *catalog.Table, f *catalog.Foreign) {
	o := PartOf(t, "constraint", f.Name)
	g.columns(o, t, f.Cols, true)
	ref := Object{Schema: f.RefSchema, Name: f.RefTable}.Table(g.c)
	if ref == nil {
		return
	}
	g.columns(o, ref, f.RefCols, false)
	if name := ref.UniqueOn(f.RefCols); name != "" {
		what := "constraint"
		if ref.Index(name) != nil {
			what = "index"
		}
		g.add(Edge{From: o, To: PartOf(ref, what, name), Via: PartOf(ref, "index", name)})
	}
}

func (g *Graph) trigger(t *catalog.Table, tr *catalog.Trigger) {
	o := PartOf(t, "trigger", tr.Name)
	g.add(Edge{From: o, To: OfTable(t), Owned: true})
	g.columns(o, t, tr.UpdateOf, false)
	if s := g.c.Schemas[tr.FuncSchema]; s != nil {
		for _, f := range s.Funcs[tr.Func] {
			if len(f.InArgs()) == 0 {
				g.add(Edge{From: o, To: OfFunction(f)})
			}
		}
	}
}

func (g *Graph) function(f *catalog.Function) {
	o := OfFunction(f)
	g.add(Edge{From: o, To: Object{What: "schema", Name: f.Schema}})
	for _, a := range f.Args {
		g.types(o, a.Type)
	}
	for _, c := range f.OutCols {
		g.types(o, c.Type)
	}
	g.types(o, f.Returns)
	for _, s := range FunctionSites(f) {
		g.site(s)
	}
}

// types makes from depend on the user-defined types of t.
func (g *Graph) types(from Object, t *value.Type) {
	if t == nil {
		return
	}
	if t.Name != "" {
		to := Object{What: "type", Schema: t.Schema, Name: t.Name}
		if tbl := to.Table(g.c); tbl != nil && t.Kind == value.Record {
			g.add(Edge{From: from, To: OfTable(tbl), Via: to})
			return
		}
		g.add(Edge{From: from, To: to})
		return
	}
	if t.Elem != nil && t.Elem.Name != "" {
		to := Object{What: "type", Schema: t.Elem.Schema, Name: t.Elem.Name}
		if t.Elem.Kind != value.Record || to.Table(g.c) == nil {
			g.add(Edge{From: from, To: to, Via: Object{What: "type", Schema: to.Schema, Name: to.Name + "[]"}})
			return
		}
	}
	g.types(from, t.Elem)
	for _, f := range t.Fields {
		g.types(from, f.Type)
	}
}

// Site makes the owner of a stored tree depend on what the tree names.
func (g *Graph) site(s Site) {
	ownedBy := ""
	if s.Owner.What == "index" || s.Owner.What == "constraint" {
		ownedBy = s.Owner.Name // an index or a check goes with its columns
	}
	own := s.Owner.Table(g.c)
	w := &Scan{C: g.c}
	w.Column = func(t *catalog.Table, name string, _ *pgsql.Column) {
		mine := own != nil && t.ID == own.ID && ownedBy != ""
		g.add(Edge{From: s.Owner, To: PartOf(t, "column", name), Owned: mine})
	}
	w.Using = func(t *catalog.Table, name string) { g.add(Edge{From: s.Owner, To: PartOf(t, "column", name)}) }
	w.Table = func(t *catalog.Table, _ *pgsql.TableRef) { g.add(Edge{From: s.Owner, To: OfTable(t)}) }
	w.Type = func(tn *pgsql.TypeName) {
		if tn.Schema == "" {
			return
		}
		if t, err := g.c.Type(nil, *tn); err == nil {
			g.types(s.Owner, t)
		}
	}
	w.Call = func(n *pgsql.Call) { g.call(s.Owner, n) }
	w.Cast = func(n *pgsql.Cast) {
		if str, ok := n.X.(*pgsql.Str); ok && n.To.Name == "regclass" {
			g.regclass(s.Owner, str.Val)
		}
	}
	w.Site(s)
}

func (g *Graph) call(from Object, n *pgsql.Call) {
	if len(n.Args) > 0 && slices.Contains([]string{"nextval", "currval", "setval"}, n.Name.Name) {
		if s, ok := n.Args[0].(*pgsql.Str); ok {
			g.regclass(from, s.Val)
		}
	}
	if n.Name.Schema == "" {
		return
	}
	for _, f := range g.c.Functions(nil, n.Name) {
		if f.Accepts(len(n.Args)) {
			g.add(Edge{From: from, To: OfFunction(f)})
		}
	}
}

func (g *Graph) regclass(from Object, text string) {
	id := ParseName(text)
	if q, ok := g.c.Sequence(nil, id); ok {
		g.add(Edge{From: from, To: OfSequence(q)})
	} else if t, ok := g.c.Table(nil, id); ok {
		g.add(Edge{From: from, To: OfTable(t)})
	}
}
