package pgsql

import (
	"strconv"
	"strings"
)

// Print returns a node as canonical SQL that parses back to an equal tree.
func Print(n Node) string {
	var w printer
	w.node(n)
	return string(w.buf)
}

// printer appends SQL to a buffer.
type printer struct{ buf []byte }

func (w *printer) node(n Node) {
	switch n := n.(type) {
	case nil:
	case Expr:
		w.expr(n, 0)
	case Stmt:
		w.stmt(n)
	case TableExpr:
		w.table(n)
	case TypeName:
		w.str(n.String())
	case *TypeName:
		w.str(n.String())
	case ColumnDef:
		w.columnDef(&n)
	case *ColumnDef:
		w.columnDef(n)
	case Constraint:
		w.constraint(&n)
	case *Constraint:
		w.constraint(n)
	}
}

func (w *printer) str(parts ...string) {
	for _, s := range parts {
		w.buf = append(w.buf, s...)
	}
}

// opt appends s if the condition holds.
func (w *printer) opt(cond bool, s string) {
	if cond {
		w.str(s)
	}
}

func (w *printer) ident(name string) { w.str(QuoteIdent(name)) }
func (w *printer) name(id Ident)     { w.str(printName(id)) }

// list appends n items divided by commas.
func (w *printer) list(n int, item func(i int)) {
	for i := range n {
		w.opt(i > 0, ", ")
		item(i)
	}
}

func (w *printer) idents(names []string) {
	w.list(len(names), func(i int) { w.ident(names[i]) })
}

func (w *printer) idList(ids []Ident) {
	w.list(len(ids), func(i int) { w.name(ids[i]) })
}

// cols appends " (a, b)" if there are any.
func (w *printer) cols(names []string) {
	if len(names) > 0 {
		w.str(" (")
		w.idents(names)
		w.str(")")
	}
}

func (w *printer) exprs(list []Expr) {
	w.list(len(list), func(i int) { w.expr(list[i], 0) })
}

// clause appends the words and the expression if there is one.
func (w *printer) clause(words string, x Expr) {
	if x != nil {
		w.str(words)
		w.expr(x, 0)
	}
}

func (w *printer) colDefs(list []ColDef) {
	w.str("(")
	w.list(len(list), func(i int) { w.str(QuoteIdent(list[i].Name), " ", list[i].Type.String()) })
	w.str(")")
}

// String returns the type as SQL, with Postgres' internal names.
func (t TypeName) String() string {
	var b strings.Builder
	if t.SetOf {
		b.WriteString("setof ")
	}
	switch {
	case t.PctType || t.PctRowtype:
		parts := strings.Split(t.Name, ".")
		for i, s := range parts {
			parts[i] = QuoteIdent(s)
		}
		b.WriteString(strings.Join(parts, "."))
		b.WriteString(map[bool]string{true: "%type", false: "%rowtype"}[t.PctType])
	case t.Schema != "":
		b.WriteString(QuoteIdent(t.Schema) + "." + QuoteIdent(t.Name))
	default:
		b.WriteString(t.plainName())
	}
	if t.Mods != nil {
		for i, m := range t.Mods {
			b.WriteString(map[bool]string{true: "(", false: ","}[i == 0])
			b.WriteString(strconv.Itoa(m))
		}
		b.WriteString(")")
	}
	for range t.Array {
		b.WriteString("[]")
	}
	return b.String()
}

// plainName quotes an unqualified type's name unless the keyword means this type.
func (t TypeName) plainName() string {
	switch t.Name {
	case "numeric", "varchar", "time", "timestamp", "interval":
		return t.Name
	case "bit":
		if len(t.Mods) > 0 {
			return t.Name
		}
	case "double":
		return forceQuote(t.Name)
	}
	return QuoteIdent(t.Name)
}
