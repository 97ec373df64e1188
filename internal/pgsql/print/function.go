package print

import (
	"maps"
	"slices"

	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

func (w *printer) createFunction(s *tree.CreateFunction) {
	w.str("create ")
	w.opt(s.Replace, "or replace ")
	w.str(map[bool]string{true: "procedure ", false: "function "}[s.Procedure], quoteFunc(s.Name), "(")
	w.list(len(s.Args), func(i int) { w.funcArg(&s.Args[i]) })
	w.str(")")
	if s.Table != nil {
		w.str(" returns table ")
		w.list(1, func(int) { w.paramDefs(s.Table) })
	}
	if s.Returns != nil {
		w.str(" returns ", s.Returns.String())
	}
	w.str(" language ", lex.QuoteIdent(s.Language))
	w.funcOptions(s)
	switch {
	case s.Stmts == nil:
		w.str(" as ", dollar(s.Body))
	default:
		w.str(" begin atomic ")
		for _, st := range s.Stmts {
			w.stmt(st)
			w.str("; ")
		}
		w.str("end")
	}
}

// paramDefs appends (name type, …) where a function keyword may be a name.
func (w *printer) paramDefs(list []tree.ColDef) {
	w.str("(")
	w.list(len(list), func(i int) {
		w.str(lex.QuoteIdent(list[i].Name), " ", list[i].Type.String())
	})
	w.str(")")
}

func (w *printer) funcArg(a *tree.FuncArg) {
	w.opt(a.Mode != "in" && a.Mode != "", a.Mode+" ")
	if a.Name != "" {
		w.str(quoteNot(a.Name, "double"), " ")
	}
	w.str(a.Type.String())
	w.clause(" default ", a.Default)
}

func (w *printer) funcOptions(s *tree.CreateFunction) {
	if s.Volatility != "" {
		w.str(" ", s.Volatility)
	}
	w.opt(s.Strict, " strict")
	w.opt(s.Definer, " security definer")
	w.opt(s.Leakproof, " leakproof")
	if s.Parallel != "" {
		w.str(" parallel ", lex.QuoteIdent(s.Parallel))
	}
	if s.Cost != "" {
		w.str(" cost ", s.Cost)
	}
	if s.Rows != "" {
		w.str(" rows ", s.Rows)
	}
	w.settings(s.Set)
}

func (w *printer) settings(m map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		w.str(" set ")
		w.assignment(name, m[name])
	}
}

func (w *printer) alterFunction(s *tree.AlterFunction) {
	w.str("alter routine ", quoteFunc(s.Name))
	if s.HasArgs {
		w.types(s.Args)
	}
	switch s.Do {
	case "owner":
		w.str(" owner to ")
		w.role(s.Text)
	case "rename":
		w.str(" rename to ", quoteFunc(tree.Ident{Name: s.Text}))
	case "set schema":
		w.str(" set schema ", lex.QuoteIdent(s.Text))
	case "volatility":
		w.str(" ", s.Text)
	case "strict":
		w.str(map[bool]string{true: " called on null input", false: " strict"}[s.Text == "off"])
	case "definer", "invoker":
		w.str(" security ", s.Do)
	case "leakproof":
		w.opt(s.Text == "off", " not")
		w.str(" leakproof")
	case "parallel":
		w.str(" parallel ", lex.QuoteIdent(s.Text))
	case "cost", "rows":
		w.str(" ", s.Do, " ", s.Text)
	case "set":
		w.settings(s.Set)
	case "reset":
		w.str(" reset ", Setting(s.Text))
	}
}
