package script

import (
	"maps"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// signature is schema.name(types), by which a function is told from its overloads.
func signature(f *catalog.Function) string {
	types := make([]string, 0, len(f.Args))
	for _, a := range f.InArgs() {
		types = append(types, typeName(a.Type))
	}
	return shown(f.Schema, f.Name) + "(" + strings.Join(types, ", ") + ")"
}

func routine(f *catalog.Function) string {
	if f.Procedure {
		return "procedure "
	}
	return "function "
}

func (l *listing) function(f *catalog.Function) {
	sig := signature(f)
	o := object{key: "function " + sig, make: []string{createFunction(f)}, drop: "drop " + routine(f) + sig, needs: []string{"schema " + f.Schema}}
	for _, a := range f.Args {
		o.needs = append(o.needs, typeKeys(a.Type)...)
	}
	o.needs = append(o.needs, typeKeys(f.Returns)...)
	for _, s := range scope.FunctionSites(f) {
		o.needs = append(o.needs, l.siteNeeds(s)...)
	}
	if f.Comment != "" {
		o.make = append(o.make, comment(strings.TrimSpace(routine(f)), sig, f.Comment))
	}
	l.add(o)
}

func createFunction(f *catalog.Function) string {
	var b strings.Builder
	b.WriteString("create or replace " + routine(f) + shown(f.Schema, f.Name) + "(")
	var args, table []string
	for _, a := range f.Args {
		if a.Mode == "table" {
			table = append(table, pgsql.QuoteIdent(a.Name)+" "+typeName(a.Type))
			continue
		}
		args = append(args, argument(a))
	}
	b.WriteString(strings.Join(args, ", ") + ")")
	switch {
	case len(table) > 0:
		b.WriteString(" returns table (" + strings.Join(table, ", ") + ")")
	case f.Procedure, f.Returns == nil, len(f.OutCols) > 0 && !f.SetOf:
	default:
		setOf := ""
		if f.SetOf {
			setOf = "setof "
		}
		b.WriteString(" returns " + setOf + typeName(f.Returns))
	}
	b.WriteString("\nlanguage " + f.Language)
	if f.Volatility != "volatile" && f.Volatility != "" {
		b.WriteString(" " + f.Volatility)
	}
	if f.Strict {
		b.WriteString(" strict")
	}
	if f.Definer {
		b.WriteString(" security definer")
	}
	if f.Rows != "" && f.SetOf {
		b.WriteString(" rows " + f.Rows)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Set)) {
		b.WriteString(" set " + name + " = " + setting(f.Set[name]))
	}
	b.WriteString("\n" + body(f))
	return b.String()
}

// setting writes the value of a SET clause: a list of names, or one literal.
func setting(val string) string {
	items := pgsql.SettingValues(val)
	if len(items) == 0 {
		return "''"
	}
	for i, it := range items {
		items[i] = pgsql.QuoteLiteral(it)
	}
	return strings.Join(items, ", ")
}

func argument(a catalog.Arg) string {
	var b strings.Builder
	if a.Mode != "in" && a.Mode != "" {
		b.WriteString(a.Mode + " ")
	}
	if a.Name != "" {
		b.WriteString(pgsql.QuoteIdent(a.Name) + " ")
	}
	b.WriteString(typeName(a.Type))
	if a.Default != nil {
		b.WriteString(" default " + pgsql.Print(a.Default))
	}
	return b.String()
}

// body quotes the text as it was written; a body in SQL's own form is printed.
func body(f *catalog.Function) string {
	if f.Body == "" && len(f.Stmts) > 0 {
		var b strings.Builder
		b.WriteString("begin atomic\n")
		for _, s := range f.Stmts {
			b.WriteString("  " + pgsql.Print(s) + ";\n")
		}
		return b.String() + "end"
	}
	tag := "$$"
	for strings.Contains(f.Body, tag) {
		tag = tag[:len(tag)-1] + "_$"
	}
	return "as " + tag + f.Body + tag
}

// exprNeeds are the keys of what an expression names.
func (l *listing) exprNeeds(x pgsql.Expr) []string {
	if x == nil {
		return nil
	}
	return l.nodeNeeds(x)
}

func (l *listing) queryNeeds(q *pgsql.Select) []string { return l.nodeNeeds(q) }

func (l *listing) siteNeeds(s scope.Site) []string {
	if s.Query != nil {
		return l.nodeNeeds(*s.Query)
	}
	return l.exprNeeds(*s.Expr)
}

func (l *listing) nodeNeeds(n pgsql.Node) []string {
	var out []string
	pgsql.Walk(n, func(n pgsql.Node) bool {
		switch n := n.(type) {
		case *pgsql.Call:
			out = append(out, "function "+l.qualified(n.Name))
		case *pgsql.TableRef:
			name := l.qualified(n.Name)
			out = append(out, "table "+name, "view "+name)
		case *pgsql.Cast:
			out = append(out, "type "+l.qualified(pgsql.Ident{Schema: n.To.Schema, Name: n.To.Name}))
		}
		return true
	})
	return out
}

// qualified gives a name without a schema that of public: stored trees name every
// other schema.
func (l *listing) qualified(id pgsql.Ident) string {
	if id.Schema == "" {
		id.Schema = "public"
	}
	return id.String()
}
