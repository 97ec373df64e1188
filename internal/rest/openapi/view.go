package openapi

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// Input is what is described.
type Input struct {
	Catalog *catalog.Catalog
	Schema  string
	Role    string
	// Key returns the primary key of a table or view.
	Key func(*catalog.Table) []string
	// Foreign returns what a column of a table or view refers to.
	Foreign func(*catalog.Table, string) (table, column string, ok bool)
	// MayWrite reports whether a table or view can be written to at all; nil = any table.
	MayWrite func(*catalog.Table) bool
}

// table is a table or view with what the role may do.
type table struct {
	*catalog.Table
	key                          []string
	foreign                      func(col string) (table, column string, ok bool)
	read, insert, update, remove bool
	columns                      []*catalog.Column // that the role may read or write
}

// function is one name of functions; the overloads are told apart by their arguments.
type function struct {
	*catalog.Function
	reads bool // GET may call it
}

// tables lists the tables that the role may do something with, by name.
func (in *Input) tables() []table {
	sc := in.Catalog.Schemas[in.Schema]
	if sc == nil || !in.Catalog.CanUseSchema(in.Role, in.Schema) {
		return nil
	}
	var out []table
	for _, name := range slices.Sorted(maps.Keys(sc.Tables)) {
		t := table{Table: sc.Tables[name]}
		may := func(priv string) bool { return in.Catalog.HasAnyColumn(in.Role, t.Table, priv) }
		writes := func(event string) bool { return t.Writes(event) && (in.MayWrite == nil || in.MayWrite(t.Table)) }
		t.read = may("select")
		t.insert, t.update = writes("insert") && may("insert"), writes("update") && may("update")
		t.remove = writes("delete") && in.Catalog.HasPrivilege(in.Role, t.Table, "delete", "")
		if !t.read && !t.insert && !t.update && !t.remove {
			continue
		}
		t.key = in.Key(t.Table)
		of := t.Table
		t.foreign = func(col string) (string, string, bool) { return in.Foreign(of, col) }
		for _, c := range t.Columns {
			if in.sees(t.Table, c.Name) {
				t.columns = append(t.columns, c)
			}
		}
		out = append(out, t)
	}
	return out
}

func (in *Input) sees(t *catalog.Table, col string) bool {
	return slices.ContainsFunc([]string{"select", "insert", "update"}, func(priv string) bool {
		return in.Catalog.HasPrivilege(in.Role, t, priv, col)
	})
}

// functions lists those that the role may call, the first of each name.
func (in *Input) functions() []function {
	sc := in.Catalog.Schemas[in.Schema]
	if sc == nil || !in.Catalog.CanUseSchema(in.Role, in.Schema) {
		return nil
	}
	var out []function
	for _, name := range slices.Sorted(maps.Keys(sc.Funcs)) {
		for _, f := range sc.Funcs[name] {
			if callable(f) && in.Catalog.CanExecute(in.Role, f) {
				out = append(out, function{f, f.Volatility == "immutable" || f.Volatility == "stable"})
				break
			}
		}
	}
	return out
}

// callable leaves out procedures, triggers, and functions that compute columns.
func callable(f *catalog.Function) bool {
	if f.Procedure || f.Returns != nil && f.Returns.Name == "trigger" {
		return false
	}
	return !slices.ContainsFunc(f.Args, func(a catalog.Arg) bool { return a.Type != nil && a.Type.Kind == value.Record })
}

// inArgs are the arguments that a caller gives.
func (f function) inArgs() []catalog.Arg {
	return slices.DeleteFunc(slices.Clone(f.Args), func(a catalog.Arg) bool {
		return a.Name == "" || a.Type == nil || a.Mode == "out" || a.Mode == "table"
	})
}

// required reports whether an insert must name the column.
func required(c *catalog.Column) bool {
	return c.NotNull && c.Default == nil && c.Generated == nil && c.Identity == ""
}

// fallback is the text of a default, "" where there is none to show.
func fallback(c *catalog.Column) string {
	if c.Default == nil {
		return ""
	}
	return pgsql.Print(c.Default)
}

// constant is a default as a JSON value, nil where it isn't a constant one; what gives
// text is shown as it is written.
func constant(c *catalog.Column) any {
	x := c.Default
	for {
		cast, ok := x.(*pgsql.Cast)
		if !ok {
			break
		}
		x = cast.X
	}
	text := fallback(c)
	switch lit := x.(type) {
	case *pgsql.NullLit:
		return nil
	case *pgsql.Str:
		text = lit.Val
	}
	switch kind := jsonType(c.Type); {
	case kind == "string" && text != "":
		return text
	case text != "" && json.Valid([]byte(text)):
		return json.RawMessage(text)
	}
	return nil
}

// split cuts a comment into summary and description, at its first line.
func split(comment string) (summary, description string) {
	summary, description, _ = strings.Cut(strings.TrimSpace(comment), "\n")
	return strings.TrimSpace(summary), strings.TrimSpace(description)
}

// object is a JSON object.
type object = map[string]any

// put sets a member unless the text is empty.
func put(o object, name, text string) {
	if text != "" {
		o[name] = text
	}
}
