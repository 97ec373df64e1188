package plan

import (
	"fmt"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/policy"
	"github.com/plinth-dev/plinth/internal/value"
)

// node writes an expression that SQLite has nothing for as a function of its parts,
// which package eval computes.
func (p *printer) node(x bind.Expr) string {
	tmpl, parts, ok := template(x)
	if !ok {
		return p.fail(errUnsupported(fmt.Sprintf("this expression (%T)", x), "Rewrite the query without it."))
	}
	prog := eval.Compile(tmpl)
	sig := fn.Sig{Args: typesOf(parts), Ret: x.Type()}
	body := func(st *fn.State, args []value.Value) (value.Value, error) {
		return prog(&eval.Ctx{Env: st.Env, Var: func(n int) value.Value { return args[n] }})
	}
	need := fn.Node(nodeName(x), sig, body)
	return p.need(need) + "(" + p.list(parts) + ")"
}

// template copies a node with its parts replaced by variables.
func template(x bind.Expr) (bind.Expr, []bind.Expr, bool) {
	var c bind.Expr
	switch x := x.(type) {
	case *bind.MinMax:
		c = &bind.MinMax{Max: x.Max, Args: append([]bind.Expr(nil), x.Args...), T: x.T}
	case *bind.Array:
		c = &bind.Array{Elems: append([]bind.Expr(nil), x.Elems...), T: x.T}
	case *bind.RowExpr:
		c = &bind.RowExpr{Elems: append([]bind.Expr(nil), x.Elems...), T: x.T}
	case *bind.Index:
		d := *x
		c = &d
	case *bind.Slice:
		d := *x
		c = &d
	case *bind.Field:
		d := *x
		c = &d
	case *bind.Cast:
		d := *x
		c = &d
	default:
		return nil, nil, false
	}
	var parts []bind.Expr
	policy.EachExpr(c, func(e bind.Expr) bind.Expr {
		parts = append(parts, e)
		return &bind.Var{N: len(parts) - 1, T: e.Type()}
	})
	return c, parts, true
}

func nodeName(x bind.Expr) string {
	switch x := x.(type) {
	case *bind.MinMax:
		return fmt.Sprintf("minmax%t", x.Max)
	case *bind.Array:
		return "array"
	case *bind.RowExpr:
		return "row"
	case *bind.Index:
		return "index"
	case *bind.Slice:
		return fmt.Sprintf("slice%t%t", x.Lo != nil, x.Hi != nil)
	case *bind.Field:
		return fmt.Sprintf("field%d", x.Idx)
	case *bind.Cast:
		return fmt.Sprintf("cast%d", x.Ctx)
	}
	return "other"
}
