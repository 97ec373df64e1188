package eval

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
)

// NeedsDB reports whether e has a part that only the database can compute: a subquery
// over tables, an aggregate. A call of a user function does not count: Ctx.User does it.
func NeedsDB(e bind.Expr) bool {
	hit := false
	bind.Walk(e, func(n any) bool {
		switch n := n.(type) {
		case *bind.Agg, *bind.Out:
			hit = true
		case *bind.Sub:
			hit = hit || !runnable(n.Query)
		}
		return !hit
	})
	return hit
}

// Needs says what an expression depends on.
type Needs struct {
	Cols     bool // columns or rows of a Rel from outside the expression
	Params   bool
	Vars     bool
	Volatile bool // volatile functions, calls of user functions
	Session  bool // stable functions: role, claims, time
	DB       bool // as NeedsDB
}

// Constant reports whether the request alone decides the expression.
func (n Needs) Constant() bool { return !n.Cols && !n.Volatile && !n.DB }

// DependsOn says what e depends on.
func DependsOn(e bind.Expr) Needs {
	out := Needs{DB: NeedsDB(e)}
	own := map[*bind.Rel]bool{}
	bind.Walk(e, func(n any) bool {
		if r, ok := n.(*bind.Rel); ok {
			own[r] = true
		}
		return true
	})
	bind.Walk(e, func(n any) bool {
		switch n := n.(type) {
		case *bind.Col:
			out.Cols = out.Cols || !own[n.Rel]
		case *bind.WholeRow:
			out.Cols = out.Cols || !own[n.Rel]
		case *bind.Param:
			out.Params = true
		case *bind.Var:
			out.Vars = true
		case *bind.UserCall:
			out.Volatile = true
		case *bind.Cast:
			out.Session = true
		case *bind.Call:
			out.volatility(n.Fn.Volatility)
		case *bind.FuncCall:
			if n.Set != nil {
				out.volatility(n.Set.Volatility)
			}
		}
		return true
	})
	return out
}

func (n *Needs) volatility(v builtin.Volatility) {
	n.Volatile = n.Volatile || v == builtin.Volatile
	n.Session = n.Session || v == builtin.Stable
}
