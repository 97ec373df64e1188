package catalog

import "github.com/plinth-dev/plinth/internal/pgsql"

// site is a place in the catalogue that holds an expression or a query: whose it is,
// where it is, and what it sees.
type site struct {
	owner object
	expr  *pgsql.Expr
	query **pgsql.Select
	rels  []rel
}

func (w *scan) site(s site) {
	if s.query != nil {
		w.query(*s.query, nil)
		return
	}
	w.expr(*s.expr, s.rels...)
}

// sites returns the places of a table.
func (t *Table) sites() []site {
	self := []rel{{name: t.Name, t: t}}
	var out []site
	add := func(o object, x *pgsql.Expr, rels []rel) {
		if *x != nil {
			out = append(out, site{owner: o, expr: x, rels: rels})
		}
	}
	for _, c := range t.Columns {
		add(t.object("default", c.Name), &c.Default, nil)
		add(t.object("generated", c.Name), &c.Generated, self)
	}
	for _, c := range t.Checks {
		add(t.object("constraint", c.Name), &c.X, self)
	}
	for _, ix := range t.Indexes {
		for i := range ix.Items {
			add(t.object("index", ix.Name), &ix.Items[i].X, self)
		}
		add(t.object("index", ix.Name), &ix.Where, self)
	}
	for _, p := range t.Policies {
		add(t.object("policy", p.Name), &p.Using, self)
		add(t.object("policy", p.Name), &p.Check, self)
	}
	for _, tr := range t.Triggers {
		add(t.object("trigger", tr.Name), &tr.When, []rel{{name: "new", t: t}, {name: "old", t: t}})
	}
	if t.ViewDef != nil && t.ViewDef.Query != nil {
		out = append(out, site{owner: t.object(t.kind(), ""), query: &t.ViewDef.Query})
	}
	return out
}

// sites returns the places of a domain.
func (u *UserType) sites(o object) []site {
	var out []site
	if u.Default != nil {
		out = append(out, site{owner: o, expr: &u.Default})
	}
	for _, c := range u.Checks {
		if c.X != nil {
			out = append(out, site{owner: o, expr: &c.X})
		}
	}
	return out
}

// sites returns the places of a function: the defaults of its arguments. A body is
// text, resolved when it runs, as in Postgres.
func (f *Function) sites() []site {
	var out []site
	for i := range f.Args {
		if f.Args[i].Default != nil {
			out = append(out, site{owner: f.object(), expr: &f.Args[i].Default})
		}
	}
	return out
}

// rewrite changes every stored tree in which probe finds something. Both scans are
// made by build, which gets the function to call on a hit.
func (e *editor) rewrite(build func(hit func()) *scan) {
	dirty := false
	probe := build(func() { dirty = true })
	touches := func(sites []site) bool {
		dirty = false
		for _, s := range sites {
			probe.site(s.copied())
		}
		return dirty
	}
	change := build(func() {})
	apply := func(sites []site) {
		for _, s := range sites {
			s.replace(change)
		}
	}
	for _, t := range e.c.allTables() {
		if touches(t.sites()) {
			n := e.edit(t)
			for _, ix := range n.Indexes {
				ix.Items = append([]pgsql.IndexItem(nil), ix.Items...)
			}
			apply(n.sites())
		}
	}
	for _, f := range e.c.allFunctions() {
		if touches(f.sites()) {
			n := *f
			n.Args = append([]Arg(nil), f.Args...)
			apply(n.sites())
			e.setFunction(f, &n)
		}
	}
	for _, s := range sortedKeys(e.c.Schemas) {
		for name, u := range e.c.Schemas[s].Types {
			if touches(u.sites(object{})) {
				n := *u
				n.Checks = clonePtrs(u.Checks)
				apply(n.sites(object{}))
				e.schema(s).Types[name] = &n
			}
		}
	}
}

// copied returns the site with a tree of its own, so that a scan may change it.
func (s site) copied() site {
	if s.query != nil {
		q := cloneSelect(*s.query)
		s.query = &q
		return s
	}
	x := cloneExpr(*s.expr)
	s.expr = &x
	return s
}

func (s site) replace(w *scan) {
	n := s.copied()
	w.site(n)
	if s.query != nil {
		*s.query = *n.query
		return
	}
	*s.expr = *n.expr
}
