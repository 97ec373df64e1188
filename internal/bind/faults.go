package bind

import (
	"errors"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

const (
	hintFunction = "No function matches the given name and argument types. You might need to add explicit type casts."
	hintOperator = "No operator matches the given name and argument types. You might need to add explicit type casts."
	hintUnary    = "No operator matches the given name and argument type. You might need to add an explicit type cast."
	hintBestFunc = "Could not choose a best candidate function. You might need to add explicit type casts."
	hintBestOp   = "Could not choose a best candidate operator. You might need to add explicit type casts."
	hintRewrite  = "You will need to rewrite or cast the expression."
)

func errUnsupported(format string, args ...any) *fault.Error {
	return fault.SQL("0A000", format, args...)
}

// typeList prints argument types as messages do.
func typeList(ts []*value.Type) string {
	var s []string
	for _, t := range ts {
		s = append(s, typeName(t))
	}
	return strings.Join(s, ", ")
}

// typeName prints a type without its modifier.
func typeName(t *value.Type) string {
	if t.Mod != 0 {
		c := *t
		c.Mod = 0
		return c.String()
	}
	return t.String()
}

// written is a name as it was written.
func written(id pgsql.Ident) string {
	if id.Schema == "" {
		return id.Name
	}
	return id.Schema + "." + id.Name
}

// at puts the node's position into err, unless it has one or the text being bound is
// not the statement's (a view's, a function's).
func (b *binder) at(err error, n pgsql.Node) error {
	if err == nil || n == nil {
		return err
	}
	return b.atPos(err, n.Position())
}

func (b *binder) atPos(err error, p pgsql.Pos) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Pos != 0 || b.place.foreign {
		return err
	}
	return f.At(int(p) + 1)
}

// atExpr is at for an expression that is already bound.
func (b *binder) atExpr(err error, x Expr) error {
	if p, ok := b.pos[x]; ok {
		return b.atPos(err, p)
	}
	return err
}
