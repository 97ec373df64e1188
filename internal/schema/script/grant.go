package script

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// grants lists the privileges that differ from those that a new object gets by the
// catalogue's default privileges.
func (l *listing) grants() {
	for _, name := range l.schemas {
		s := l.c.Schemas[name]
		if s == nil {
			continue
		}
		if name != "public" {
			l.granted("schema "+pgsql.QuoteIdent(name), "schema "+name, s.Grants, nil)
		}
		for _, t := range l.c.AllTables() {
			if t.Schema != name {
				continue
			}
			what := "table "
			if t.Kind != catalog.Base {
				what = "view "
			}
			full := shown(t.Schema, t.Name)
			l.granted("table "+full, what+full, t.Grants, l.usual(t.Owner, name, "tables"))
		}
		for _, f := range l.c.AllFunctions() {
			if f.Schema == name {
				l.granted(routine(f)+signature(f), "function "+signature(f), f.Grants, l.usual(f.Owner, name, "functions"))
			}
		}
	}
}

// usual are the grants of a new object.
func (l *listing) usual(owner, schema, what string) []catalog.Grant {
	var out []catalog.Grant
	if what == "functions" {
		out = append(out, catalog.Grant{Role: catalog.Public, Priv: "execute"})
	}
	for _, d := range l.c.Defaults {
		if d.What != what || d.ForRole != "" && d.ForRole != owner || d.Schema != "" && d.Schema != schema {
			continue
		}
		for _, g := range d.Revoked {
			out = slices.DeleteFunc(out, func(o catalog.Grant) bool { return same(o, g) })
		}
		out = append(out, d.Grants...)
	}
	return out
}

func same(a, b catalog.Grant) bool {
	return a.Role == b.Role && a.Priv == b.Priv && slices.Equal(a.Cols, b.Cols) && a.Option == b.Option
}

// granted adds an object for each privilege that is there beyond the usual ones, and
// for each usual one that was taken away. The owner's own need no word.
func (l *listing) granted(on, owner string, have, usual []catalog.Grant) {
	has := func(list []catalog.Grant, g catalog.Grant) bool {
		return slices.ContainsFunc(list, func(o catalog.Grant) bool { return same(o, g) })
	}
	add := func(word string, g catalog.Grant) {
		make, drop := "grant ", "revoke "
		if word == "revoke" {
			make, drop = drop, make
		}
		key := word + " " + g.Priv + " (" + strings.Join(g.Cols, ", ") + ") on " + on + " " + g.Role
		if _, dup := l.at[key]; dup || g.Role == "postgres" {
			return
		}
		l.add(object{key: key, make: []string{privilege(make, on, g)}, drop: privilege(drop, on, g), needs: []string{owner}})
	}
	for _, g := range usual {
		if !has(have, g) {
			add("revoke", g)
		}
	}
	for _, g := range have {
		if !has(usual, g) {
			add("grant", g)
		}
	}
}

func privilege(word, on string, g catalog.Grant) string {
	var b strings.Builder
	b.WriteString(word + g.Priv)
	if len(g.Cols) > 0 {
		cols := make([]string, len(g.Cols))
		for i, c := range g.Cols {
			cols[i] = pgsql.QuoteIdent(c)
		}
		b.WriteString(" (" + strings.Join(cols, ", ") + ")")
	}
	b.WriteString(" on " + on)
	if word == "revoke " {
		b.WriteString(" from ")
	} else {
		b.WriteString(" to ")
	}
	if g.Role == catalog.Public {
		b.WriteString("public")
	} else {
		b.WriteString(pgsql.QuoteIdent(g.Role))
	}
	if g.Option && word == "grant " {
		b.WriteString(" with grant option")
	}
	return b.String()
}
