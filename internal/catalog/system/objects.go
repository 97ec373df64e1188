package system

import (
	"maps"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/value"
)

// objects are the tables of pg_catalog.
func objects() []*Relation {
	list := []*Relation{
		{Name: "pg_namespace", Cols: cols("oid oid, nspname name"), Rows: func(c *catalog.Catalog, row func(...any)) {
			for _, s := range schemas(c) {
				row(oid("schema", s.Name), s.Name)
			}
		}},
		{Name: "pg_class", Rows: classes, Cols: cols("oid oid, relname name, relnamespace oid, relkind text, relrowsecurity bool," +
			" relforcerowsecurity bool, relhastriggers bool, reltuples real")},
		{Name: "pg_attribute", Rows: attributes, Cols: cols("attrelid oid, attname name, atttypid oid, attnum smallint, attnotnull bool," +
			" atthasdef bool, attisdropped bool, attidentity text, attgenerated text")},
		{Name: "pg_type", Rows: types, Cols: cols("oid oid, typname name, typnamespace oid, typtype text")},
		{Name: "pg_enum", Rows: enums, Cols: cols("enumtypid oid, enumsortorder real, enumlabel name")},
		{Name: "pg_proc", Rows: procedures, Cols: cols("oid oid, proname name, pronamespace oid, prokind text, prosecdef bool," +
			" provolatile text, proretset bool, pronargs smallint, prosrc text")},
		{Name: "pg_constraint", Rows: constraints, Cols: cols("conname name, connamespace oid, contype text, conrelid oid, confrelid oid")},
		{Name: "pg_trigger", Rows: triggers, Cols: cols("tgrelid oid, tgname name, tgenabled text, tgisinternal bool")},
		{Name: "pg_policy", Rows: policies, Cols: cols("polrelid oid, polname name, polcmd text, polpermissive bool")},
		{Name: "pg_roles", Rows: roles, Cols: cols("rolname name, rolsuper bool, rolcanlogin bool, rolbypassrls bool")},
		{Name: "pg_extension", Cols: cols("extname name, extnamespace oid"), Rows: func(c *catalog.Catalog, row func(...any)) {
			for _, name := range slices.Sorted(maps.Keys(c.Extensions)) {
				row(name, oid("schema", c.Extensions[name]))
			}
		}},
		{Name: "pg_publication", Cols: cols("pubname name, puballtables bool"), Rows: func(c *catalog.Catalog, row func(...any)) {
			for _, name := range slices.Sorted(maps.Keys(c.Publications)) {
				row(name, c.Publications[name].AllTables)
			}
		}},
		{Name: "pg_publication_tables", Rows: published, Cols: cols("pubname name, schemaname name, tablename name")},
	}
	for _, r := range list {
		r.Schema = "pg_catalog"
	}
	return list
}

func classes(c *catalog.Catalog, row func(...any)) {
	for _, t := range c.AllTables() {
		row(t.ID, t.Name, oid("schema", t.Schema), kind(t), t.RLS, t.ForceRLS, len(t.Triggers) > 0, float64(-1))
		for _, k := range t.Keys {
			row(oid("index", t.Schema+"."+k.Name), k.Name, oid("schema", t.Schema), "i", false, false, false, float64(-1))
		}
		for _, ix := range t.Indexes {
			row(oid("index", t.Schema+"."+ix.Name), ix.Name, oid("schema", t.Schema), "i", false, false, false, float64(-1))
		}
	}
	for _, s := range schemas(c) {
		for _, q := range slices.Sorted(maps.Keys(s.Sequences)) {
			row(s.Sequences[q].ID, q, oid("schema", s.Name), "S", false, false, false, float64(1))
		}
	}
}

func typeOID(t *value.Type) int {
	if t.Schema != "" {
		return oid("type", t.Schema+"."+t.Name)
	}
	return oid("type", "pg_catalog."+t.String())
}

func attributes(c *catalog.Catalog, row func(...any)) {
	for _, t := range c.AllTables() {
		for i, col := range t.Columns {
			identity, generated := "", ""
			switch {
			case col.Identity == "always":
				identity = "a"
			case col.Identity != "":
				identity = "d"
			case col.Generated != nil:
				generated = "s"
			}
			row(t.ID, col.Name, typeOID(col.Type), i+1, col.NotNull, col.Default != nil || col.Generated != nil, false, identity, generated)
		}
	}
}

func types(c *catalog.Catalog, row func(...any)) {
	for _, s := range schemas(c) {
		for _, name := range slices.Sorted(maps.Keys(s.Types)) {
			k := "c"
			switch s.Types[name].Type.Kind {
			case value.Enum:
				k = "e"
			case value.Domain:
				k = "d"
			}
			row(typeOID(s.Types[name].Type), name, oid("schema", s.Name), k)
		}
		for _, name := range slices.Sorted(maps.Keys(s.Tables)) {
			row(oid("type", s.Name+"."+name), name, oid("schema", s.Name), "c")
		}
	}
}

func enums(c *catalog.Catalog, row func(...any)) {
	for _, s := range schemas(c) {
		for _, name := range slices.Sorted(maps.Keys(s.Types)) {
			t := s.Types[name].Type
			if t.Kind != value.Enum {
				continue
			}
			for i, label := range t.Labels {
				row(typeOID(t), float64(i+1), label)
			}
		}
	}
}

func procedures(c *catalog.Catalog, row func(...any)) {
	for _, f := range c.AllFunctions() {
		k := "f"
		if f.Procedure {
			k = "p"
		}
		row(f.ID, f.Name, oid("schema", f.Schema), k, f.Definer, f.Volatility[:1], f.SetOf, len(f.InArgs()), f.Body)
	}
}

func constraints(c *catalog.Catalog, row func(...any)) {
	for _, t := range c.AllTables() {
		ns := oid("schema", t.Schema)
		for _, k := range t.Keys {
			kind := "u"
			if k.Primary {
				kind = "p"
			}
			row(k.Name, ns, kind, t.ID, 0)
		}
		for _, f := range t.Foreign {
			to := 0
			if s := c.Schemas[f.RefSchema]; s != nil && s.Tables[f.RefTable] != nil {
				to = s.Tables[f.RefTable].ID
			}
			row(f.Name, ns, "f", t.ID, to)
		}
		for _, k := range t.Checks {
			row(k.Name, ns, "c", t.ID, 0)
		}
	}
}

func triggers(c *catalog.Catalog, row func(...any)) {
	for _, t := range c.AllTables() {
		for _, tr := range t.Triggers {
			enabled := "O"
			if tr.Disabled {
				enabled = "D"
			}
			row(t.ID, tr.Name, enabled, false)
		}
	}
}

func policies(c *catalog.Catalog, row func(...any)) {
	for _, t := range c.AllTables() {
		for _, p := range t.Policies {
			cmd := map[string]string{"all": "*", "select": "r", "insert": "a", "update": "w", "delete": "d"}[p.Command]
			row(t.ID, p.Name, cmd, p.Permissive)
		}
	}
}

func roles(c *catalog.Catalog, row func(...any)) {
	for _, name := range slices.Sorted(maps.Keys(c.Roles)) {
		r := c.Roles[name]
		row(name, r.Super, r.Login, r.BypassRLS)
	}
}

func published(c *catalog.Catalog, row func(...any)) {
	for _, t := range c.AllTables() {
		for _, pub := range c.Published(t) {
			row(pub, t.Schema, t.Name)
		}
	}
}

// rolesOf writes a policy's roles.
func rolesOf(p *catalog.Policy) []string {
	out := make([]string, len(p.Roles))
	for i, r := range p.Roles {
		out[i] = strings.ToLower(r)
	}
	return out
}
