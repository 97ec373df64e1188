package ddl

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
)

// describe is Postgres' description of an object in a message.
func (e *editor) describe(o scope.Object) string {
	on := func(what, link string) string { return what + " " + o.Sub + " " + link + e.shown(o.Schema, o.Name) }
	owner := "table "
	if t := o.Table(e.c); t != nil {
		owner = t.KindName() + " "
	}
	switch o.What {
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
		return "index " + e.shown(o.Schema, o.Sub)
	case "schema":
		return "schema " + o.Name
	case "publication":
		return "publication of " + owner + e.shown(o.Schema, o.Name) + " in publication " + o.Sub
	case "function":
		f := o.Function(e.c)
		if f == nil {
			return "function " + o.Name
		}
		return routine(f) + " " + e.signature(f)
	}
	return o.What + " " + e.shown(o.Schema, o.Name)
}

// routine is the word for what f is.
func routine(f *catalog.Function) string {
	if f.Procedure {
		return "procedure"
	}
	return "function"
}

// signature is name(argument types).
func (e *editor) signature(f *catalog.Function) string {
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
