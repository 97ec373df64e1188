package introspect

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

func (b *builder) relations(list []relationRow) {
	identities := map[string]string{"d": "default", "f": "full", "n": "nothing"}
	for _, r := range list {
		t := &catalog.Table{
			ID: int(r.OID), Schema: r.Schema, Name: r.Name, Owner: r.Owner, Comment: r.Comment,
			Grants: grants(r.ACL), Identity: identities[r.Identity], Partition: r.Partition,
		}
		t.RLS, t.ForceRLS = r.RLS, r.Force
		if r.Identity == "i" {
			t.Identity = r.IdentityIndex
		}
		switch r.Kind {
		case "v":
			t.Kind = catalog.View
		case "m":
			t.Kind = catalog.MatView
		}
		if t.Kind != catalog.Base {
			t.Identity = ""
			t.ViewDef = viewDef(r)
		}
		b.tables[r.OID] = t
		if s := b.cat.Schemas[r.Schema]; s != nil {
			s.Tables[r.Name] = t
		}
	}
}

func viewDef(r relationRow) *catalog.ViewDef {
	v := &catalog.ViewDef{Text: strings.TrimSuffix(strings.TrimSpace(r.Def), ";"), SearchPath: []string{"pg_catalog", "public"}}
	for name, val := range settings(r.Options) {
		on := val == "true" || val == "on" || val == "1" || val == "yes"
		switch name {
		case "security_invoker":
			v.SecurityInvoker = on
		case "security_barrier":
			v.SecurityBarrier = on
		case "check_option":
			v.CheckOption = val
		}
	}
	v.Writes = []string{}
	for i, event := range []string{"update", "insert", "delete"} { // of pg_relation_is_updatable
		if r.Writes&(4<<i) != 0 {
			v.Writes = append(v.Writes, event)
		}
	}
	if st, err := pgsql.ParseOne(v.Text); err == nil {
		v.Query, _ = st.(*pgsql.Select)
	}
	return v
}

// columnID is unique in the database: tables have at most 1,600 columns.
func columnID(rel uint32, num int32) int { return int(rel)<<12 | int(num) }

func (b *builder) cols(list []columnRow) {
	identities := map[string]string{"a": "always", "d": "by default"}
	for _, r := range list {
		t := b.tables[r.Rel]
		if t == nil {
			continue // of a composite type
		}
		c := &catalog.Column{
			ID: columnID(r.Rel, r.Num), Name: r.Name, Type: withMod(b.types.of(r.Type), r.Mod), NotNull: r.NotNull,
			Identity: identities[r.Identity], Collation: r.Collation, Comment: r.Comment,
		}
		if r.Generated != "" {
			c.Generated = optional(r.Default)
		} else {
			c.Default = optional(r.Default)
		}
		t.Columns = append(t.Columns, c)
		t.Grants = append(t.Grants, grants(r.ACL, r.Name)...)
		b.columns[c.ID] = c
	}
}

func (b *builder) constraints(list []constraintRow) {
	for _, r := range list {
		if u := b.userType[r.Type]; u != nil && r.Kind == "c" {
			u.Checks = append(u.Checks, check(r))
			continue
		}
		t := b.tables[r.Rel]
		if t == nil {
			continue
		}
		switch r.Kind {
		case "p", "u":
			t.Keys = append(t.Keys, &catalog.Key{
				Name: r.Name, Primary: r.Kind == "p", Cols: r.Cols, NullsNotDistinct: strings.Contains(r.Def, "NULLS NOT DISTINCT"),
				Deferrable: r.Deferrable, InitiallyDeferred: r.Deferred,
			})
		case "f":
			t.Foreign = append(t.Foreign, foreign(r))
		case "c":
			t.Checks = append(t.Checks, check(r))
		}
	}
}

func foreign(r constraintRow) *catalog.Foreign {
	actions := map[string]string{"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}
	return &catalog.Foreign{
		Name: r.Name, Cols: r.Cols, RefSchema: r.RefSchema, RefTable: r.RefTable, RefCols: r.RefCols,
		OnDelete: actions[r.OnDelete], OnUpdate: actions[r.OnUpdate],
		Deferrable: r.Deferrable, InitiallyDeferred: r.Deferred, NotValid: !r.Validated,
	}
}

func check(r constraintRow) *catalog.Check {
	text := r.Check
	if text == "" { // of a domain: VALUE is printed in the definition alone
		text = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(r.Def, " NOT VALID"), "CHECK ("), ")")
	}
	return &catalog.Check{Name: r.Name, X: expr(text), Text: text, NotValid: !r.Validated}
}

func (b *builder) indexes(list []indexRow) {
	for _, r := range list {
		t := b.tables[r.Rel]
		if t == nil {
			continue
		}
		ix := &catalog.Index{
			Name: r.Name, Unique: r.Unique, Method: r.Method, NullsNotDistinct: strings.Contains(r.Def, "NULLS NOT DISTINCT"),
		}
		for i, item := range r.Items {
			if i >= r.Keys {
				ix.Include = append(ix.Include, item)
				continue
			}
			ix.Items = append(ix.Items, pgsql.IndexItem{X: expr(item)})
		}
		if r.Where != "" {
			ix.Where = expr(r.Where)
		}
		t.Indexes = append(t.Indexes, ix)
	}
}

func (b *builder) policies(list []policyRow) {
	commands := map[string]string{"*": "all", "r": "select", "a": "insert", "w": "update", "d": "delete"}
	for _, r := range list {
		if t := b.tables[r.Rel]; t != nil {
			t.Policies = append(t.Policies, &catalog.Policy{
				Name: r.Name, Permissive: r.Permissive, Command: commands[r.Command], Roles: r.Roles,
				Using: optional(r.Using), Check: optional(r.Check),
			})
		}
	}
}

func (b *builder) triggers(list []triggerRow) {
	for _, r := range list {
		t := b.tables[r.Rel]
		if t == nil {
			continue
		}
		tr := &catalog.Trigger{
			Name: r.Name, Timing: "after", ForEachRow: r.Type&1 != 0, UpdateOf: r.Cols, FuncSchema: r.FuncSchema, Func: r.Func,
			OldTable: r.OldTable, NewTable: r.NewTable, Deferrable: r.Deferrable, Deferred: r.Deferred, Disabled: r.Enabled == "D",
		}
		switch {
		case r.Type&2 != 0:
			tr.Timing = "before"
		case r.Type&64 != 0:
			tr.Timing = "instead of"
		}
		for i, event := range []string{"insert", "delete", "update", "truncate"} {
			if r.Type&(4<<i) != 0 {
				tr.Events = append(tr.Events, event)
			}
		}
		t.Triggers = append(t.Triggers, tr)
	}
}

func (b *builder) sequences(list []sequenceRow) {
	for _, r := range list {
		q := &catalog.Sequence{
			ID: int(r.OID), Schema: r.Schema, Name: r.Name, Type: b.types.of(r.Type), Start: r.Start, Increment: r.Increment,
			Min: r.Min, Max: r.Max, Cycle: r.Cycle, Grants: grants(r.ACL),
		}
		if c := b.columns[columnID(r.OwnerRel, r.OwnerNum)]; c != nil {
			t := b.tables[r.OwnerRel]
			q.OwnedBy, c.Sequence = t.Schema+"."+t.Name+"."+c.Name, q
		}
		if s := b.cat.Schemas[r.Schema]; s != nil {
			s.Sequences[r.Name] = q
		}
	}
}

// views gives views the path under which the server printed their text.
func (b *builder) views() {
	for _, t := range b.tables {
		if t.ViewDef != nil && !slices.Contains(t.ViewDef.SearchPath, "extensions") {
			t.ViewDef.SearchPath = append(t.ViewDef.SearchPath, "extensions")
		}
	}
}
