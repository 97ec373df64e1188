package pgtap

import (
	"context"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// structure are the assertions about the schema. Where pgTAP takes an optional schema
// before a name, the first argument is one if a schema is called so.
func structure() map[string]function {
	t := map[string]function{}
	table := func(name string, test func(t *catalog.Table) bool) {
		t[name] = function{1, false, func(r *runner, _ context.Context, a []arg) error {
			rel, rest := r.relation(a)
			r.report(test(rel), at(rest, 0))
			return nil
		}}
	}
	table("has_table", func(t *catalog.Table) bool { return t != nil && t.Kind == catalog.Base })
	table("hasnt_table", func(t *catalog.Table) bool { return t == nil || t.Kind != catalog.Base })
	table("has_view", func(t *catalog.Table) bool { return t != nil && t.Kind == catalog.View })
	table("hasnt_view", func(t *catalog.Table) bool { return t == nil || t.Kind != catalog.View })
	table("has_materialized_view", func(t *catalog.Table) bool { return t != nil && t.Kind == catalog.MatView })
	table("has_pk", func(t *catalog.Table) bool { return t != nil && t.PrimaryKey() != nil })
	table("has_fk", func(t *catalog.Table) bool { return t != nil && len(t.Foreign) > 0 })
	table("rls_enabled", func(t *catalog.Table) bool { return t != nil && t.RLS })
	for name, f := range columns() {
		t[name] = f
	}
	for name, f := range objects() {
		t[name] = f
	}
	t["has_trigger"], t["has_index"] = hasPart(triggerNames), hasPart(indexNames)
	return t
}

// relation finds the table that the first argument, or the first two, name, and
// returns the arguments behind it.
func (r *runner) relation(a []arg) (*catalog.Table, []arg) {
	if s := r.cat.Schemas[a[0].text]; s != nil && len(a) > 1 {
		return s.Tables[a[1].text], a[2:]
	}
	if t, ok := r.cat.Table([]string{"public"}, pgsql.Ident{Name: a[0].text}); ok {
		return t, a[1:]
	}
	for _, t := range r.cat.AllTables() {
		if t.Name == a[0].text {
			return t, a[1:]
		}
	}
	return nil, a[1:]
}

// columns are the assertions about a column: (schema, table, column …) or (table, column …).
func columns() map[string]function {
	t := map[string]function{}
	column := func(name string, test func(t *catalog.Table, c *catalog.Column) bool) {
		t[name] = function{2, false, func(r *runner, _ context.Context, a []arg) error {
			rel, rest := r.relation(a)
			if len(rest) == 0 {
				return errArgs
			}
			r.report(rel != nil && test(rel, rel.ColumnNamed(rest[0].text)), at(rest, 1))
			return nil
		}}
	}
	column("has_column", func(_ *catalog.Table, c *catalog.Column) bool { return c != nil })
	column("hasnt_column", func(_ *catalog.Table, c *catalog.Column) bool { return c == nil })
	column("col_not_null", func(_ *catalog.Table, c *catalog.Column) bool { return c != nil && c.NotNull })
	column("col_is_null", func(_ *catalog.Table, c *catalog.Column) bool { return c != nil && !c.NotNull })
	column("col_has_default", func(_ *catalog.Table, c *catalog.Column) bool {
		return c != nil && (c.Default != nil || c.Identity != "")
	})
	column("col_hasnt_default", func(_ *catalog.Table, c *catalog.Column) bool {
		return c != nil && c.Default == nil && c.Identity == ""
	})
	column("col_is_pk", func(t *catalog.Table, c *catalog.Column) bool {
		return c != nil && t.PrimaryKey() != nil && slices.Contains(t.PrimaryKey().Cols, c.Name)
	})
	column("col_is_unique", func(t *catalog.Table, c *catalog.Column) bool {
		return c != nil && slices.ContainsFunc(t.Keys, func(k *catalog.Key) bool { return slices.Equal(k.Cols, []string{c.Name}) })
	})
	column("col_is_fk", func(t *catalog.Table, c *catalog.Column) bool {
		return c != nil && slices.ContainsFunc(t.Foreign, func(f *catalog.Foreign) bool { return slices.Contains(f.Cols, c.Name) })
	})
	t["col_type_is"] = function{3, false, columnType}
	t["columns_are"] = partsAre(func(t *catalog.Table) []string { return t.ColumnNames() })
	t["policies_are"] = partsAre(func(t *catalog.Table) []string {
		var out []string
		for _, p := range t.Policies {
			out = append(out, p.Name)
		}
		return out
	})
	t["triggers_are"] = partsAre(triggerNames)
	return t
}

func columnType(r *runner, _ context.Context, a []arg) error {
	rel, rest := r.relation(a)
	if len(rest) < 2 {
		return errArgs
	}
	have := "no such column"
	if rel != nil && rel.ColumnNamed(rest[0].text) != nil {
		have = rel.ColumnNamed(rest[0].text).Type.String()
	}
	want := rest[1].text
	if tn, err := pgsql.ParseType(want); err == nil {
		if typ, err := r.cat.Type([]string{"public", "extensions"}, tn); err == nil {
			want = typ.String()
		}
	}
	r.report(have == want, at(rest, 2), "have: "+have, "want: "+want)
	return nil
}

// partsAre compares the names of a table's parts with an array.
func partsAre(parts func(t *catalog.Table) []string) function {
	return function{2, false, func(r *runner, _ context.Context, a []arg) error {
		rel, rest := r.relation(a)
		if len(rest) == 0 {
			return errArgs
		}
		var have []string
		if rel != nil {
			have = parts(rel)
		}
		r.report(rel != nil && sameSet(have, rest[0].list), at(rest, 1), difference(have, rest[0].list)...)
		return nil
	}}
}

// objects are the assertions about functions, types, schemas, triggers and policies.
func objects() map[string]function {
	named := func(test func(r *runner, name string) bool) function {
		return function{1, false, func(r *runner, _ context.Context, a []arg) error {
			name, rest := a[0].text, a[1:]
			if r.cat.Schemas[name] != nil && len(a) > 1 {
				name, rest = a[1].text, a[2:]
			}
			for len(rest) > 0 && rest[0].array() {
				rest = rest[1:]
			}
			r.report(test(r, name), at(rest, 0))
			return nil
		}}
	}
	return map[string]function{
		"has_schema": {1, false, func(r *runner, _ context.Context, a []arg) error {
			r.report(r.cat.Schemas[a[0].text] != nil, at(a, 1))
			return nil
		}},
		"has_role": {1, false, func(r *runner, _ context.Context, a []arg) error {
			r.report(r.cat.Roles[a[0].text] != nil, at(a, 1))
			return nil
		}},
		"has_extension":  named(func(r *runner, name string) bool { _, ok := r.cat.Extensions[name]; return ok }),
		"has_function":   named(func(r *runner, name string) bool { return r.function(name) != nil }),
		"hasnt_function": named(func(r *runner, name string) bool { return r.function(name) == nil }),
		"has_type":       named(func(r *runner, name string) bool { return r.typ(name) != nil }),
		"has_enum":       named(func(r *runner, name string) bool { t := r.typ(name); return t != nil && t.Kind == value.Enum }),
		"is_definer":     named(func(r *runner, name string) bool { f := r.function(name); return f != nil && f.Definer }),
		"policy_cmd_is": policy(func(p *catalog.Policy, want arg) (have string, ok bool) {
			return p.Command, strings.EqualFold(p.Command, want.text)
		}),
		"policy_roles_are": policy(func(p *catalog.Policy, want arg) (have string, ok bool) {
			return strings.Join(p.Roles, ", "), sameSet(p.Roles, want.list)
		}),
	}
}

// policy asserts something of a policy: (schema, table, policy, wanted, name).
func policy(test func(p *catalog.Policy, want arg) (have string, ok bool)) function {
	return function{3, false, func(r *runner, _ context.Context, a []arg) error {
		rel, rest := r.relation(a)
		if len(rest) < 2 {
			return errArgs
		}
		have, ok := "no such policy", false
		if rel != nil && rel.Policy(rest[0].text) != nil {
			have, ok = test(rel.Policy(rest[0].text), rest[1])
		}
		r.report(ok, at(rest, 2), "have: "+have, "want: "+rest[1].shown())
		return nil
	}}
}

func (r *runner) function(name string) *catalog.Function {
	for _, f := range r.cat.AllFunctions() {
		if f.Name == name {
			return f
		}
	}
	return nil
}

func (r *runner) typ(name string) *value.Type {
	for _, s := range r.cat.Schemas {
		if u := s.Types[name]; u != nil {
			return u.Type
		}
	}
	return nil
}

// hasPart asserts that a table has a part of that name.
func hasPart(list func(t *catalog.Table) []string) function {
	return function{2, false, func(r *runner, _ context.Context, a []arg) error {
		rel, rest := r.relation(a)
		if len(rest) == 0 {
			return errArgs
		}
		r.report(rel != nil && slices.Contains(list(rel), rest[0].text), at(rest, 1))
		return nil
	}}
}

func triggerNames(t *catalog.Table) []string {
	var out []string
	for _, tr := range t.Triggers {
		out = append(out, tr.Name)
	}
	return out
}

func indexNames(t *catalog.Table) []string {
	var out []string
	for _, ix := range t.Indexes {
		out = append(out, ix.Name)
	}
	for _, k := range t.Keys {
		out = append(out, k.Name)
	}
	return out
}
