package catalog

import (
	"strconv"
	"strings"
)

// object names one thing that can be dropped or depended upon. What is "table",
// "view", "materialized view", "column", "default", "generated", "constraint",
// "index", "policy", "trigger", "function", "type", "sequence", "schema" or
// "publication". Of parts of a table, name is the table and sub the part; of a
// function, sub is its ID.
type object struct{ what, schema, name, sub string }

func (t *Table) object(what, sub string) object { return object{what, t.Schema, t.Name, sub} }

func (t *Table) self() object { return t.object(t.kind(), "") }

func (f *Function) object() object {
	return object{"function", f.Schema, f.Name, strconv.Itoa(f.ID)}
}

func (q *Sequence) object() object { return object{"sequence", q.Schema, q.Name, ""} }

// functionOf returns the function that o names.
func (c *Catalog) functionOf(o object) *Function {
	if s := c.Schemas[o.schema]; s != nil {
		for _, f := range s.Funcs[o.name] {
			if strconv.Itoa(f.ID) == o.sub {
				return f
			}
		}
	}
	return nil
}

// tableOf returns the table that o is or is a part of.
func (c *Catalog) tableOf(o object) *Table {
	if s := c.Schemas[o.schema]; s != nil {
		return s.Tables[o.name]
	}
	return nil
}

// describe is Postgres' description of an object in a message.
func (e *editor) describe(o object) string {
	on := func(what, link string) string { return what + " " + o.sub + " " + link + e.shown(o.schema, o.name) }
	owner := "table "
	if t := e.c.tableOf(o); t != nil {
		owner = t.kind() + " "
	}
	switch o.what {
	case "column":
		return on("column", "of "+owner)
	case "generated":
		return on("column", "of "+owner)
	case "default":
		return on("default value for column", "of "+owner)
	case "constraint":
		return on("constraint", "on "+owner)
	case "policy":
		return on("policy", "on "+owner)
	case "trigger":
		return on("trigger", "on "+owner)
	case "attribute":
		return on("column", "of composite type ")
	case "index":
		return "index " + e.shown(o.schema, o.sub)
	case "schema":
		return "schema " + o.name
	case "publication":
		return "publication of " + owner + e.shown(o.schema, o.name) + " in publication " + o.sub
	case "function":
		f := e.c.functionOf(o)
		if f == nil {
			return "function " + o.name
		}
		return f.word() + " " + e.signature(f)
	}
	return o.what + " " + e.shown(o.schema, o.name)
}

func (f *Function) word() string {
	if f.Procedure {
		return "procedure"
	}
	return "function"
}

// signature is name(argument types).
func (e *editor) signature(f *Function) string {
	var b strings.Builder
	b.WriteString(e.shown(f.Schema, f.Name))
	b.WriteByte('(')
	for i, a := range f.InArgs() {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(bareName(a.Type))
	}
	b.WriteByte(')')
	return b.String()
}
