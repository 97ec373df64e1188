package ddl

import (
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// rewrite changes every stored tree in which probe finds something. Both scans are
// made by build, which gets the function to call on a hit.
func (e *editor) rewrite(build func(hit func()) *scope.Scan) {
	dirty := false
	probe := build(func() { dirty = true })
	touches := func(sites []scope.Site) bool {
		dirty = false
		for _, s := range sites {
			probe.Site(s.Copied())
		}
		return dirty
	}
	change := build(func() {})
	apply := func(sites []scope.Site) {
		for _, s := range sites {
			s.Replace(change)
		}
	}
	for _, t := range e.c.AllTables() {
		if touches(scope.TableSites(t)) {
			n := e.edit(t)
			for _, ix := range n.Indexes {
				ix.Items = append([]pgsql.IndexItem(nil), ix.Items...)
			}
			apply(scope.TableSites(n))
			retext(n)
		}
	}
	for _, f := range e.c.AllFunctions() {
		if touches(scope.FunctionSites(f)) {
			n := *f
			n.Args = append([]catalog.Arg(nil), f.Args...)
			apply(scope.FunctionSites(&n))
			e.setFunction(f, &n)
		}
	}
	for _, s := range sortedKeys(e.c.Schemas) {
		for name, u := range e.c.Schemas[s].Types {
			if touches(scope.DomainSites(u, scope.Object{})) {
				n := *u
				n.Checks = clonePtrs(u.Checks)
				apply(scope.DomainSites(&n, scope.Object{}))
				e.schema(s).Types[name] = &n
			}
		}
	}
}

// retext brings the texts of checks and of a view up to date with their trees.
func retext(t *catalog.Table) {
	for _, c := range t.Checks {
		c.Text = pgsql.Print(c.X)
	}
	if t.ViewDef != nil {
		t.ViewDef.Text = pgsql.Print(t.ViewDef.Query)
	}
}
