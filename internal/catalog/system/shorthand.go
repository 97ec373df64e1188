package system

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// shorthands are the views of pg_catalog that name things instead of numbering them.
func shorthands() []*Relation {
	list := []*Relation{
		{Name: "pg_tables", Cols: cols("schemaname name, tablename name, tableowner name, hastriggers bool, rowsecurity bool"),
			Rows: func(c *catalog.Catalog, row func(...any)) {
				for _, t := range c.AllTables() {
					if t.Kind == catalog.Base {
						row(t.Schema, t.Name, t.Owner, len(t.Triggers) > 0, t.RLS)
					}
				}
			}},
		{Name: "pg_views", Cols: cols("schemaname name, viewname name, viewowner name"), Rows: views(catalog.View)},
		{Name: "pg_matviews", Cols: cols("schemaname name, matviewname name, matviewowner name"), Rows: views(catalog.MatView)},
		{Name: "pg_indexes", Cols: cols("schemaname name, tablename name, indexname name"), Rows: indexes},
		{Name: "pg_policies", Rows: namedPolicies, Cols: cols("schemaname name, tablename name, policyname name, permissive text," +
			" roles name[], cmd text, qual text, with_check text")},
		{Name: "pg_sequences", Cols: cols("schemaname name, sequencename name"), Rows: func(c *catalog.Catalog, row func(...any)) {
			for _, s := range schemas(c) {
				for name := range s.Sequences {
					row(s.Name, name)
				}
			}
		}},
	}
	for _, r := range list {
		r.Schema = "pg_catalog"
	}
	return list
}

func views(k catalog.TableKind) func(*catalog.Catalog, func(...any)) {
	return func(c *catalog.Catalog, row func(...any)) {
		for _, t := range c.AllTables() {
			if t.Kind == k {
				row(t.Schema, t.Name, t.Owner)
			}
		}
	}
}

func indexes(c *catalog.Catalog, row func(...any)) {
	for _, t := range c.AllTables() {
		for _, k := range t.Keys {
			row(t.Schema, t.Name, k.Name)
		}
		for _, ix := range t.Indexes {
			row(t.Schema, t.Name, ix.Name)
		}
	}
}

func namedPolicies(c *catalog.Catalog, row func(...any)) {
	for _, t := range c.AllTables() {
		for _, p := range t.Policies {
			permissive := "PERMISSIVE"
			if !p.Permissive {
				permissive = "RESTRICTIVE"
			}
			row(t.Schema, t.Name, p.Name, permissive, rolesOf(p), strings.ToUpper(p.Command), condition(p.Using), condition(p.Check))
		}
	}
}

func condition(x pgsql.Expr) any {
	if x == nil {
		return nil
	}
	return "(" + pgsql.Print(x) + ")"
}
