package advise

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// Level says how bad a finding is.
type Level int

const (
	Info Level = iota
	Warning
	Error
)

var levels = []string{"info", "warning", "error"}

func (l Level) String() string { return levels[l] }

// ParseLevel reads the name of a level.
func ParseLevel(name string) (Level, error) {
	if i := slices.Index(levels, name); i >= 0 {
		return Level(i), nil
	}
	return 0, fmt.Errorf("there is no level %q: %s are there", name, strings.Join(levels, ", "))
}

// MarshalText makes a level its name in JSON.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Finding is one thing to do better.
type Finding struct {
	Rule    string `json:"rule"`
	Level   Level  `json:"level"`
	Object  string `json:"object"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"` // SQL, "" where a person must decide
}

// Rules say what each rule looks for, by name.
var Rules = map[string]string{
	"rls_disabled":          "a table that the data API serves has no row-level security: everyone with a key reads and writes it",
	"rls_without_policy":    "row-level security is on and there is no policy: nobody but service_role gets a row",
	"policy_without_rls":    "a table has policies, but row-level security is off: they do nothing",
	"policy_open_to_anon":   "a policy lets everybody, signed in or not, write any row",
	"policy_always_true":    "a policy shows every row to everybody, signed in or not",
	"policy_call_per_row":   "a policy calls a function of the request once for each row instead of once",
	"policy_unindexed":      "a policy compares a column that no index begins with",
	"foreign_key_unindexed": "a foreign key has no index: each delete of what it refers to scans the table",
	"definer_search_path":   "a security definer function has no fixed search_path: its caller chooses what its names mean",
	"definer_view":          "a view reads with its owner's rights, past the policies of its tables",
	"no_primary_key":        "a table has no primary key: its changes cannot be sent under policies, and rows cannot be told apart",
	"filter_unindexed":      "requests often look for rows by columns that no index begins with",
	"duplicate_index":       "two indexes of a table are the same: writes pay for both",
}

// adviser gathers the findings of one catalogue.
type adviser struct {
	c       *catalog.Catalog
	exposed []string // schemas that the data API serves
	out     []Finding
}

// Of returns the findings for the project's schemas, the worst first. exposed are the
// schemas that clients can reach.
func Of(c *catalog.Catalog, schemas, exposed []string) []Finding {
	a := &adviser{c: c, exposed: exposed}
	for _, t := range c.AllTables() {
		if slices.Contains(schemas, t.Schema) {
			a.table(t)
		}
	}
	for _, f := range c.AllFunctions() {
		if slices.Contains(schemas, f.Schema) {
			a.function(f)
		}
	}
	slices.SortStableFunc(a.out, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(y.Level, x.Level), cmp.Compare(x.Object, y.Object), cmp.Compare(x.Rule, y.Rule))
	})
	return a.out
}

func (a *adviser) add(l Level, rule, object, fix string) {
	a.out = append(a.out, Finding{Rule: rule, Level: l, Object: object, Message: Rules[rule], Fix: fix})
}

func name(t *catalog.Table) string { return pgsql.Ident{Schema: t.Schema, Name: t.Name}.String() }

// reachable reports whether a client's role may do anything with t.
func (a *adviser) reachable(t *catalog.Table) bool {
	if !slices.Contains(a.exposed, t.Schema) {
		return false
	}
	for _, role := range []string{"anon", "authenticated"} {
		for _, priv := range []string{"select", "insert", "update", "delete"} {
			if a.c.HasAnyColumn(role, t, priv) {
				return true
			}
		}
	}
	return false
}

func (a *adviser) table(t *catalog.Table) {
	if t.Kind != catalog.Base {
		if t.Kind == catalog.View && a.reachable(t) && t.ViewDef != nil && !t.ViewDef.SecurityInvoker && a.guardedBelow(t) {
			a.add(Warning, "definer_view", name(t), "alter view "+name(t)+" set (security_invoker = true)")
		}
		return
	}
	switch {
	case !t.RLS && len(t.Policies) > 0:
		a.add(Error, "policy_without_rls", name(t), enable(t))
	case !t.RLS && a.reachable(t):
		a.add(Error, "rls_disabled", name(t), enable(t))
	case t.RLS && len(t.Policies) == 0 && a.reachable(t):
		a.add(Info, "rls_without_policy", name(t), "")
	}
	if t.PrimaryKey() == nil {
		a.add(Warning, "no_primary_key", name(t), "")
	}
	for _, p := range t.Policies {
		a.policy(t, p)
	}
	for _, f := range t.Foreign {
		if !indexed(t, f.Cols) {
			a.add(Warning, "foreign_key_unindexed", name(t)+" "+f.Name, index(t, f.Cols))
		}
	}
	a.duplicates(t)
}

func enable(t *catalog.Table) string { return "alter table " + name(t) + " enable row level security" }

// guardedBelow reports whether a table that the view reads has policies.
func (a *adviser) guardedBelow(v *catalog.Table) bool {
	found := false
	if v.ViewDef.Query == nil {
		return false
	}
	pgsql.Walk(v.ViewDef.Query, func(n pgsql.Node) bool {
		if ref, ok := n.(*pgsql.TableRef); ok {
			if t, ok := a.c.Table([]string{"public"}, ref.Name); ok && t.RLS {
				found = true
			}
		}
		return !found
	})
	return found
}

func (a *adviser) function(f *catalog.Function) {
	if !f.Definer {
		return
	}
	if _, fixed := f.Set["search_path"]; fixed {
		return
	}
	types := make([]string, 0, len(f.Args))
	for _, arg := range f.InArgs() {
		types = append(types, arg.Type.String())
	}
	sig := pgsql.Ident{Schema: f.Schema, Name: f.Name}.String() + "(" + strings.Join(types, ", ") + ")"
	word := "function "
	if f.Procedure {
		word = "procedure "
	}
	a.add(Warning, "definer_search_path", sig, "alter "+word+sig+" set search_path = ''")
}
