package print

import (
	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// Print returns a node as canonical SQL that parses back to an equal tree.
func Print(n tree.Node) string {
	var w printer
	w.node(n)
	return string(w.buf)
}

// printer appends SQL to a buffer.
type printer struct{ buf []byte }

func (w *printer) node(n tree.Node) {
	switch n := n.(type) {
	case nil:
	case tree.Expr:
		w.expr(n, 0)
	case tree.Stmt:
		w.stmt(n)
	case tree.TableExpr:
		w.table(n)
	case tree.TypeName:
		w.str(n.String())
	case *tree.TypeName:
		w.str(n.String())
	case tree.ColumnDef:
		w.columnDef(&n)
	case *tree.ColumnDef:
		w.columnDef(n)
	case tree.Constraint:
		w.constraint(&n)
	case *tree.Constraint:
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

func (w *printer) ident(name string) { w.str(lex.QuoteIdent(name)) }

func (w *printer) name(id tree.Ident) { w.str(id.String()) }

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

func (w *printer) idList(ids []tree.Ident) {
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

func (w *printer) exprs(list []tree.Expr) {
	w.list(len(list), func(i int) { w.expr(list[i], 0) })
}

// clause appends the words and the expression if there is one.
func (w *printer) clause(words string, x tree.Expr) {
	if x != nil {
		w.str(words)
		w.expr(x, 0)
	}
}

func (w *printer) colDefs(list []tree.ColDef) {
	w.str("(")
	w.list(len(list), func(i int) { w.str(lex.QuoteIdent(list[i].Name), " ", list[i].Type.String()) })
	w.str(")")
}

// quoteFunc quotes a function's name, which may be some keywords that a column may
// not be.
func quoteFunc(id tree.Ident) string {
	if id.Schema == "" && lex.PlainIdent(id.Name) && lex.Keyword(id.Name).Kind() == lex.Func {
		return id.Name
	}
	return id.String()
}

// quoteNot quotes a name that would be read as one of the given words.
func quoteNot(name string, words ...string) string {
	for _, w := range words {
		if name == w {
			return lex.ForceQuote(name)
		}
	}
	return lex.QuoteIdent(name)
}
