package scope

import (
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// Site is a place in the catalogue that holds an expression or a query: whose it is,
// where it is, and what it sees.
type Site struct {
	Owner Object
	Expr  *pgsql.Expr
	Query **pgsql.Select
	Rels  []Rel
}

// Site walks what a site holds.
func (w *Scan) Site(s Site) {
	if s.Query != nil {
		w.Query(*s.Query)
		return
	}
	w.Expr(*s.Expr, s.Rels...)
}

// TableSites returns the places of a table.
func TableSites(t *catalog.Table) []Site {
	self := []Rel{{Name: t.Name, T: t}}
	var out []Site
	add := func(o Object, x *pgsql.Expr, rels []Rel) {
		if *x != nil {
			out = append(out, Site{Owner: o, Expr: x, Rels: rels})
		}
	}
	for _, c := range t.Columns {
		add(PartOf(t, "default", c.Name), &c.Default, nil)
		add(PartOf(t, "generated", c.Name), &c.Generated, self)
	}
	for _, c := range t.Checks {
		add(PartOf(t, "constraint", c.Name), &c.X, self)
	}
	for _, ix := range t.Indexes {
		for i := range ix.Items {
			add(PartOf(t, "index", ix.Name), &ix.Items[i].X, self)
		}
		add(PartOf(t, "index", ix.Name), &ix.Where, self)
	}
	for _, p := range t.Policies {
		add(PartOf(t, "policy", p.Name), &p.Using, self)
		add(PartOf(t, "policy", p.Name), &p.Check, self)
	}
	for _, tr := range t.Triggers {
		add(PartOf(t, "trigger", tr.Name), &tr.When, []Rel{{Name: "new", T: t}, {Name: "old", T: t}})
	}
	if t.ViewDef != nil && t.ViewDef.Query != nil {
		out = append(out, Site{Owner: PartOf(t, t.KindName(), ""), Query: &t.ViewDef.Query})
	}
	return out
}

// DomainSites returns the places of a domain.
func DomainSites(u *catalog.UserType, o Object) []Site {
	var out []Site
	if u.Default != nil {
		out = append(out, Site{Owner: o, Expr: &u.Default})
	}
	for _, c := range u.Checks {
		if c.X != nil {
			out = append(out, Site{Owner: o, Expr: &c.X})
		}
	}
	return out
}

// FunctionSites returns the places of a function: the defaults of its arguments. A body is
// text, resolved when it runs, as in Postgres.
func FunctionSites(f *catalog.Function) []Site {
	var out []Site
	for i := range f.Args {
		if f.Args[i].Default != nil {
			out = append(out, Site{Owner: OfFunction(f), Expr: &f.Args[i].Default})
		}
	}
	return out
}

// Copied returns the Site with a tree of its own, so that a Scan may change it.
func (s Site) Copied() Site {
	if s.Query != nil {
		q := CloneSelect(*s.Query)
		s.Query = &q
		return s
	}
	x := CloneExpr(*s.Expr)
	s.Expr = &x
	return s
}

// Replace puts a tree changed by the scan in its place.
func (s Site) Replace(w *Scan) {
	n := s.Copied()
	w.Site(n)
	if s.Query != nil {
		*s.Query = *n.Query
		return
	}
	*s.Expr = *n.Expr
}
