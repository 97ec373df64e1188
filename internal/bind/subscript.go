package bind

import (
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

func (s *scope) index(x *pgsql.Index) (Expr, error) {
	b := s.b
	e, err := s.expr(x.X)
	if err != nil {
		return nil, err
	}
	t := e.Type().Base()
	if _, again := x.X.(*pgsql.Index); again && t.Kind != value.Array && t.Kind != value.JSONB && t.Kind != value.Record {
		return nil, b.at(errDimensions(), x.X)
	}
	if t.Kind != value.Array && t.Kind != value.JSONB {
		return nil, b.at(fault.SQL("42804", "cannot subscript type %s because it does not support subscripting", typeName(e.Type())), x.X)
	}
	if x.Slice {
		return s.slice(x, e)
	}
	i, err := s.expr(x.I)
	if err != nil {
		return nil, err
	}
	if t.Kind == value.JSONB {
		want := value.TText
		if category(i.Type()) == 'N' {
			want = value.TInt4
		}
		if i, err = b.coerce(i, want, value.Implicit); err != nil {
			return nil, err
		}
		return b.mark(&Index{X: e, I: i, T: value.TJSONB}, x), nil
	}
	if i, err = b.subscript(i, x.I); err != nil {
		return nil, err
	}
	if _, isVar := e.(*Var); isVar && isArgv(x.X) {
		if i, err = b.apply("+", i, &Const{Val: value.Int(1), T: value.TInt4}, x.I); err != nil {
			return nil, err
		}
	}
	return b.mark(&Index{X: e, I: i, T: t.Elem}, x), nil
}

func (b *binder) subscript(i Expr, n pgsql.Node) (Expr, error) {
	if castClass(i.Type(), value.TInt4) > castAssignment {
		return nil, b.at(fault.SQL("42804", "array subscript must have type integer"), n)
	}
	return b.coerce(i, value.TInt4, value.Assignment)
}

// isArgv reports whether x is TG_ARGV, the one array that counts from 0.
func isArgv(x pgsql.Expr) bool {
	c, ok := x.(*pgsql.Column)
	return ok && len(c.Parts) == 1 && c.Parts[0] == "tg_argv"
}

func (s *scope) slice(x *pgsql.Index, e Expr) (Expr, error) {
	if e.Type().Base().Kind != value.Array {
		return nil, s.b.at(fault.SQL("0A000", "jsonb subscript does not support slices"), x)
	}
	out := &Slice{X: e, T: e.Type().Base()}
	for _, p := range []struct {
		src pgsql.Expr
		dst *Expr
	}{{x.Lo, &out.Lo}, {x.Hi, &out.Hi}} {
		if p.src == nil {
			continue
		}
		i, err := s.expr(p.src)
		if err != nil {
			return nil, err
		}
		if *p.dst, err = s.b.subscript(i, p.src); err != nil {
			return nil, err
		}
	}
	return s.b.mark(out, x), nil
}
