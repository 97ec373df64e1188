package print

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

func (w *printer) call(x *tree.Call) {
	if x.Bare {
		w.str(x.Name.Name)
		if len(x.Args) == 1 {
			w.str("(")
			w.exprs(x.Args)
			w.str(")")
		}
		return
	}
	if w.specialCall(x) {
		return
	}
	w.str(quoteFunc(x.Name), "(")
	w.opt(x.Star, "*")
	w.opt(x.Distinct, "distinct ")
	w.list(len(x.Args), func(i int) {
		w.opt(x.Variadic && i == len(x.Args)-1, "variadic ")
		if i < len(x.ArgNames) && x.ArgNames[i] != "" {
			w.str(quoteFunc(tree.Ident{Name: x.ArgNames[i]}), " => ")
		}
		w.expr(x.Args[i], 0)
	})
	if len(x.OrderBy) > 0 {
		w.str(" ")
		w.orderBy(x.OrderBy)
	}
	w.str(")")
	w.callClauses(x)
}

func (w *printer) callClauses(x *tree.Call) {
	if x.Within != nil {
		w.str(" within group (")
		w.orderBy(x.Within)
		w.str(")")
	}
	if x.Filter != nil {
		w.clause(" filter (where ", x.Filter)
		w.str(")")
	}
	if x.Over == nil {
		return
	}
	w.str(" over ")
	if x.Over.Name != "" {
		w.windowName(x.Over.Name)
		return
	}
	w.window(x.Over)
}

// specialCall appends the calls that Postgres' grammar spells as keywords; a
// quoted function of the same name would be another thing.
func (w *printer) specialCall(x *tree.Call) bool {
	if x.Name.Schema != "" || !plain(x) {
		return false
	}
	n := len(x.Args)
	switch x.Name.Name {
	case "coalesce", "greatest", "least", "grouping":
		if n == 0 {
			return false
		}
	case "substring":
		if n != 2 && n != 3 {
			return false
		}
	case "overlay":
		if n != 3 && n != 4 {
			return false
		}
	case "nullif":
		if n != 2 {
			return false
		}
	case "extract":
		return w.extract(x)
	case "normalize":
		return w.normalize(x)
	default:
		return false
	}
	w.str(x.Name.Name, "(")
	w.exprs(x.Args)
	w.str(")")
	return true
}

// plain reports whether the call has nothing but positional arguments.
func plain(x *tree.Call) bool {
	return !x.Star && !x.Distinct && !x.Variadic && x.ArgNames == nil && x.OrderBy == nil &&
		x.Filter == nil && x.Within == nil && x.Over == nil
}

func (w *printer) extract(x *tree.Call) bool {
	if len(x.Args) != 2 {
		return false
	}
	field, ok := x.Args[0].(*tree.Str)
	if ok {
		w.str("extract(", lex.QuoteLiteral(field.Val))
		w.clause(" from ", x.Args[1])
		w.str(")")
	}
	return ok
}

func (w *printer) normalize(x *tree.Call) bool {
	if len(x.Args) == 0 || len(x.Args) > 2 {
		return false
	}
	form := ""
	if len(x.Args) == 2 {
		s, ok := x.Args[1].(*tree.Str)
		if !ok || !strings.Contains(" nfc nfd nfkc nfkd ", " "+s.Val+" ") {
			return false
		}
		form = ", " + s.Val
	}
	w.clause("normalize(", x.Args[0])
	w.str(form, ")")
	return true
}

func (w *printer) windowName(name string) {
	w.str(quoteNot(name, "partition", "range", "rows", "groups"))
}

func (w *printer) window(x *tree.Window) {
	var parts []func()
	if x.Base != "" {
		parts = append(parts, func() { w.windowName(x.Base) })
	}
	if x.Partition != nil {
		parts = append(parts, func() { w.str("partition by "); w.exprs(x.Partition) })
	}
	if x.OrderBy != nil {
		parts = append(parts, func() { w.orderBy(x.OrderBy) })
	}
	if x.Frame != "" {
		parts = append(parts, func() { w.str(x.Frame) })
	}
	w.str("(")
	for i, part := range parts {
		w.opt(i > 0, " ")
		part()
	}
	w.str(")")
}

func (w *printer) orderBy(list []tree.Sort) {
	w.str("order by ")
	w.list(len(list), func(i int) {
		w.expr(list[i].X, 0)
		w.direction(list[i].Desc, list[i].Nulls)
	})
}

func (w *printer) direction(desc bool, nulls string) {
	w.opt(desc, " desc")
	if nulls != "" {
		w.str(" nulls ", nulls)
	}
}
