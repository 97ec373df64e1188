package eval

import (
	"errors"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// ErrNeedsDB says that an expression reads tables, or calls a user function, and the
// context has no way to do it.
var ErrNeedsDB = errors.New("eval: the expression needs the database")

// Ctx is what an evaluation depends on.
type Ctx struct {
	Env    *builtin.Env
	Params []value.Value
	// Var returns a PL/pgSQL variable or function parameter.
	Var func(n int) value.Value
	// Row returns the current row of a Rel, nil where it has none (all NULL).
	Row func(rel *bind.Rel) []value.Value
	// Sub computes a subquery expression that reads tables.
	Sub func(s *bind.Sub) (value.Value, error)
	// Rows yields the rows of a table that a subquery reads; it may leave out those
	// that the subquery's conditions exclude. With it simple subqueries over tables are
	// run here; c is the context with the rows of the relations before this one.
	Rows func(c *Ctx, rel *bind.Rel, yield func([]value.Value) bool) error
	// User calls a user function.
	User func(f *catalog.Function, args []value.Value) (value.Value, error)
}

// Program is a compiled expression.
type Program func(ctx *Ctx) (value.Value, error)

// Expr computes e once.
func Expr(ctx *Ctx, e bind.Expr) (value.Value, error) {
	return Compile(e)(ctx)
}

// Eval is Expr.
func Eval(ctx *Ctx, e bind.Expr) (value.Value, error) { return Expr(ctx, e) }

// True computes a condition: NULL counts as false.
func True(ctx *Ctx, e bind.Expr) (bool, error) {
	v, err := Expr(ctx, e)
	return v.True(), err
}

func (c *Ctx) valueEnv() value.Env { return c.Env.Value() }

func (c *Ctx) row(rel *bind.Rel) ([]value.Value, bool) {
	if c.Row == nil {
		return nil, false
	}
	r := c.Row(rel)
	return r, r != nil
}

func errInternal(format string, args ...any) error {
	return fault.SQL("XX000", format, args...)
}
