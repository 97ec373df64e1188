package script

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// altersType: an enum that grew and a domain over the same type keep their place.
func (d *differ) altersType(name string) bool {
	from, to := d.old.userType(name), d.new.userType(name)
	if from == nil || to == nil || from.Type.Kind != to.Type.Kind {
		return false
	}
	if from.Type.Kind == value.Domain {
		return typeName(from.Type.Elem) == typeName(to.Type.Elem)
	}
	_, ok := d.addedLabels(name)
	return ok
}

func (d *differ) alterType(name string, n object) {
	if d.new.userType(name).Type.Kind == value.Domain {
		d.alterDomain(name)
	} else {
		add, _ := d.addedLabels(name)
		d.out = append(d.out, add...)
	}
	if from, to := d.old.userType(name), d.new.userType(name); from.Comment != to.Comment {
		d.out = append(d.out, comment("type", name, to.Comment))
	}
}

func (d *differ) alterDomain(name string) {
	from, to := d.old.userType(name), d.new.userType(name)
	do := func(action string) { d.out = append(d.out, "alter domain "+name+" "+action) }
	olds, news := domainChecks(from), domainChecks(to)
	for _, c := range olds {
		if same, ok := lookup(news, c.Name); !ok || same != pgsql.Print(c) {
			do("drop constraint " + pgsql.QuoteIdent(c.Name))
		}
	}
	for _, c := range news {
		if same, ok := lookup(olds, c.Name); !ok || same != pgsql.Print(c) {
			do("add " + pgsql.Print(c))
		}
	}
	switch was, is := text(from.Default), text(to.Default); {
	case was == is:
	case is == "":
		do("drop default")
	default:
		do("set default " + is)
	}
	switch {
	case to.NotNull && !from.NotNull:
		do("set not null")
	case from.NotNull && !to.NotNull:
		do("drop not null")
	}
}

func domainChecks(u *catalog.UserType) []*pgsql.Constraint {
	out := make([]*pgsql.Constraint, 0, len(u.Checks))
	for _, c := range u.Checks {
		out = append(out, check(c))
	}
	return out
}

// setAside renames a type that is made anew while columns still have it.
func (d *differ) setAside(o object) {
	name := strings.TrimPrefix(o.key, "type ")
	id := d.old.typeIdent(name)
	aside := id.Name + "__old"
	what := strings.Fields(o.drop)[1] // type or domain
	d.columnsOf(name, func(t *catalog.Table, c *catalog.Column) {
		if c.Default != nil {
			d.out = append(d.out, alter(shown(t.Schema, t.Name), "alter column "+pgsql.QuoteIdent(c.Name)+" drop default"))
		}
	})
	d.out = append(d.out, "alter "+what+" "+name+" rename to "+pgsql.QuoteIdent(aside))
	d.last = append(d.last, "drop "+what+" "+shown(id.Schema, aside))
}

// recast moves the columns that stay from the old form of a type to the new one.
func (d *differ) recast(n object) {
	d.columnsOf(strings.TrimPrefix(n.key, "type "), func(t *catalog.Table, c *catalog.Column) {
		table, name, full := shown(t.Schema, t.Name), pgsql.QuoteIdent(c.Name), typeName(c.Type)
		between := "text"
		if strings.HasSuffix(full, "[]") {
			between = "text[]"
		}
		d.out = append(d.out, alter(table, "alter column "+name+" type "+full+" using "+name+"::"+between+"::"+full))
		if now := d.new.column(t, c.Name); now != nil && c.Default != nil && text(now.Default) == text(c.Default) {
			d.out = append(d.out, alter(table, "alter column "+name+" set default "+defaultText(c.Default)))
		}
	})
}

// columnsOf visits the columns of a type, or of arrays of it, in tables that stay.
func (d *differ) columnsOf(name string, visit func(t *catalog.Table, c *catalog.Column)) {
	for _, t := range d.old.c.AllTables() {
		if t.Kind != catalog.Base || !slices.Contains(d.old.schemas, t.Schema) || d.gone["table "+shown(t.Schema, t.Name)] {
			continue
		}
		for _, c := range t.Columns {
			if strings.TrimSuffix(typeName(c.Type), "[]") == name {
				visit(t, c)
			}
		}
	}
}

func (l *listing) column(of *catalog.Table, name string) *catalog.Column {
	if t := l.tableNamed(shown(of.Schema, of.Name)); t != nil {
		return t.ColumnNamed(name)
	}
	return nil
}

func (l *listing) userType(name string) *catalog.UserType {
	id := l.typeIdent(name)
	if s := l.c.Schemas[id.Schema]; s != nil {
		return s.Types[id.Name]
	}
	return nil
}

// addedLabels are the statements that make one enum of the other; ok is false where
// labels went or changed places.
func (d *differ) addedLabels(name string) (out []string, ok bool) {
	from, to := d.old.labels(name), d.new.labels(name)
	if len(from) == 0 || len(to) < len(from) {
		return nil, false
	}
	i := 0
	for j, lab := range to {
		if i < len(from) && from[i] == lab {
			i++
			continue
		}
		st := &pgsql.AlterType{What: "type", Do: "add value", Val: lab}
		st.Name = d.new.typeIdent(name)
		if j > 0 {
			st.After = to[j-1]
		} else {
			st.Before = from[0]
		}
		out = append(out, pgsql.Print(st))
	}
	return out, i == len(from)
}

func (l *listing) labels(name string) []string {
	id := l.typeIdent(name)
	if s := l.c.Schemas[id.Schema]; s != nil && s.Types[id.Name] != nil {
		return s.Types[id.Name].Type.Labels
	}
	return nil
}

func (l *listing) typeIdent(name string) pgsql.Ident {
	for _, schema := range l.schemas {
		if s := l.c.Schemas[schema]; s != nil {
			for n := range s.Types {
				if shown(schema, n) == name {
					return ident(schema, n)
				}
			}
		}
	}
	return pgsql.Ident{}
}
