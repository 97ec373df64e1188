package advise

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// perRequest are calls whose answer is one for the whole request.
var perRequest = []string{"auth.uid()", "auth.jwt()", "auth.role()", "auth.email()"}

func (a *adviser) policy(t *catalog.Table, p *catalog.Policy) {
	object := name(t) + " " + pgsql.QuoteIdent(p.Name)
	if p.Permissive && strangers(p) {
		writes := p.Command != "select"
		switch {
		case writes && (isTrue(p.Check) || p.Check == nil && isTrue(p.Using)):
			a.add(Error, "policy_open_to_anon", object, alter(t, p, "to authenticated"))
		case p.Command == "select" && isTrue(p.Using):
			a.add(Info, "policy_always_true", object, "")
		}
	}
	a.wrapped(t, p, object)
	for _, col := range compared(t, p) {
		if !indexed(t, []string{col}) {
			a.add(Warning, "policy_unindexed", object+" ("+pgsql.QuoteIdent(col)+")", index(t, []string{col}))
		}
	}
}

// strangers reports whether the policy speaks for people who are not signed in.
func strangers(p *catalog.Policy) bool {
	return slices.Contains(p.Roles, catalog.Public) || slices.Contains(p.Roles, "anon")
}

func isTrue(x pgsql.Expr) bool {
	b, ok := x.(*pgsql.BoolLit)
	return ok && b.Val
}

func alter(t *catalog.Table, p *catalog.Policy, what string) string {
	return "alter policy " + pgsql.QuoteIdent(p.Name) + " on " + name(t) + " " + what
}

// wrapped asks for (select auth.uid()) instead of auth.uid(): Postgres then calls it
// once for a statement.
func (a *adviser) wrapped(t *catalog.Table, p *catalog.Policy, object string) {
	using, one := wrap(p.Using)
	check, other := wrap(p.Check)
	if !one && !other {
		return
	}
	fix := ""
	if p.Using != nil {
		fix += " using (" + using + ")"
	}
	if p.Check != nil {
		fix += " with check (" + check + ")"
	}
	a.add(Warning, "policy_call_per_row", object, alter(t, p, strings.TrimSpace(fix)))
}

// wrap returns the text of x with each bare call in a query of its own. The printer
// writes calls in one way, so their texts can be replaced.
func wrap(x pgsql.Expr) (text string, changed bool) {
	if x == nil {
		return "", false
	}
	before := pgsql.Print(x)
	text = before
	done := once(x)
	for i, q := range done {
		text = strings.ReplaceAll(text, q, mark(i))
	}
	for _, call := range perRequest {
		text = strings.ReplaceAll(text, call, "(select "+call+")")
	}
	for i, q := range done {
		text = strings.ReplaceAll(text, mark(i), q)
	}
	return text, text != before
}

func mark(i int) string { return "\x00" + strconv.Itoa(i) + "\x00" }

// once returns the texts of the subqueries of x that read no row: they run once.
func once(x pgsql.Expr) []string {
	var out []string
	pgsql.Walk(x, func(n pgsql.Node) bool {
		q, ok := n.(*pgsql.Subquery)
		if !ok || len(q.Query.From) > 0 || q.Query.Op != "" || readsColumn(q.Query) {
			return true
		}
		out = append(out, pgsql.Print(q.Query))
		return false
	})
	return out
}

func readsColumn(q *pgsql.Select) bool {
	found := false
	pgsql.Walk(q, func(n pgsql.Node) bool {
		_, col := n.(*pgsql.Column)
		found = found || col
		return !found
	})
	return found
}

// compared are the columns of t that a policy holds equal to something of the request.
func compared(t *catalog.Table, p *catalog.Policy) []string {
	var out []string
	for _, x := range []pgsql.Expr{p.Using, p.Check} {
		if x == nil || p.Command == "insert" {
			continue // a proposed row is in hand
		}
		pgsql.Walk(x, func(n pgsql.Node) bool {
			switch n := n.(type) {
			case *pgsql.Select:
				return false // the columns of other tables
			case *pgsql.Binary:
				if n.Op != "=" {
					break
				}
				for _, side := range [][2]pgsql.Expr{{n.L, n.R}, {n.R, n.L}} {
					if col, ok := side[0].(*pgsql.Column); ok && !col.Star && ofRequest(side[1]) {
						name := col.Parts[len(col.Parts)-1]
						if t.ColumnNamed(name) != nil && !slices.Contains(out, name) {
							out = append(out, name)
						}
					}
				}
			}
			return true
		})
	}
	return out
}

func ofRequest(x pgsql.Expr) bool {
	text := pgsql.Print(x)
	return slices.ContainsFunc(perRequest, func(call string) bool { return strings.Contains(text, call) })
}
