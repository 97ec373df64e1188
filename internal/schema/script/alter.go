package script

import (
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// table alters a table: constraints that go, columns, then constraints that come. A
// column whose generation expression changed is made anew.
func (d *differ) table(from, to *catalog.Table) {
	name := shown(to.Schema, to.Name)
	do := func(action string) { d.out = append(d.out, alter(name, action)) }
	olds, news := inner(from), inner(to)
	for _, c := range olds {
		if text, ok := lookup(news, c.Name); !ok || text != pgsql.Print(c) {
			do("drop constraint " + pgsql.QuoteIdent(c.Name))
		}
	}
	for _, generated := range []bool{true, false} { // they stand on the others
		for _, c := range from.Columns {
			if now := to.ColumnNamed(c.Name); (c.Generated != nil) == generated && (now == nil || text(now.Generated) != text(c.Generated)) {
				do("drop column " + pgsql.QuoteIdent(c.Name))
			}
		}
	}
	for _, c := range to.Columns {
		if old := from.ColumnNamed(c.Name); old == nil || text(old.Generated) != text(c.Generated) {
			do("add column " + columnDef(to, c))
		} else if columnDef(from, old) != columnDef(to, c) {
			d.column(column{from, old}, column{to, c})
		}
	}
	for _, c := range news {
		if text, ok := lookup(olds, c.Name); !ok || text != pgsql.Print(c) {
			do("add " + pgsql.Print(c))
		}
	}
}

// inner are the constraints that stand in the table's own statement.
func inner(t *catalog.Table) []*pgsql.Constraint {
	var out []*pgsql.Constraint
	for _, k := range t.Keys {
		out = append(out, key(k))
	}
	for _, c := range t.Checks {
		out = append(out, check(c))
	}
	return out
}

func lookup(list []*pgsql.Constraint, name string) (text string, ok bool) {
	for _, c := range list {
		if c.Name == name {
			return pgsql.Print(c), true
		}
	}
	return "", false
}

// column is a column with its table.
type column struct {
	t *catalog.Table
	c *catalog.Column
}

func (d *differ) column(from, to column) {
	name := pgsql.QuoteIdent(to.c.Name)
	table := shown(to.t.Schema, to.t.Name)
	do := func(action string) { d.out = append(d.out, alter(table, "alter column "+name+" "+action)) }
	oldDefault, newDefault := text(from.c.Default), text(to.c.Default)
	changesType := typeName(from.c.Type) != typeName(to.c.Type)
	if oldDefault != "" && (newDefault == "" || changesType) {
		do("drop default")
		oldDefault = ""
	}
	if from.c.Identity != "" && to.c.Identity == "" {
		do("drop identity")
	}
	if changesType {
		do("type " + typeName(to.c.Type) + " using " + name + "::" + typeName(to.c.Type))
	}
	if newDefault != "" && newDefault != oldDefault {
		do("set default " + defaultText(to.c.Default))
	}
	switch {
	case to.c.NotNull && !from.c.NotNull:
		do("set not null")
	case !to.c.NotNull && from.c.NotNull:
		do("drop not null")
	}
	switch {
	case to.c.Identity != "" && from.c.Identity == "":
		do("add generated " + to.c.Identity + " as identity" + sequenceOptions(to.c.Sequence, true))
	case to.c.Identity != from.c.Identity && to.c.Identity != "":
		do("set generated " + to.c.Identity)
	}
}

func text(x pgsql.Expr) string {
	if x == nil {
		return ""
	}
	return pgsql.Print(x)
}
