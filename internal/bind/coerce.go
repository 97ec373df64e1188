package bind

import (
	"errors"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

func asFault(err error, f **fault.Error) bool { return errors.As(err, f) }

// coerce converts x to a type in a context, without asking whether it may: callers
// do. Literals of unknown type are read, parameters are given their type.
func (b *binder) coerce(x Expr, to *value.Type, ctx value.CastContext) (Expr, error) {
	from := x.Type()
	if isUnknown(from) {
		return b.decide(x, to, ctx)
	}
	if isPseudo(to) && to.Kind != value.Record || to.Kind == value.Record && len(to.Fields) == 0 && from.Kind == value.Record {
		return x, nil
	}
	if value.Same(from, to) && (mods(to) == mods(from) || !modified(to)) {
		return x, nil
	}
	if r, ok := x.(*RowExpr); ok && to.Base().Kind == value.Record && len(r.Elems) == len(to.Base().Fields) {
		return b.coerceRow(r, to, ctx)
	}
	if a, ok := x.(*Array); ok && to.Kind == value.Array && from.Kind == value.Array {
		return b.coerceArray(a, to, ctx)
	}
	c := &Cast{X: x, T: to, Ctx: ctx}
	if p, ok := b.pos[x]; ok {
		b.pos[c] = p
	}
	return b.fold(c), nil
}

func modified(t *value.Type) bool { return mods(t) != 0 }

// mods is the modifier of a type or of its elements.
func mods(t *value.Type) int32 {
	if t.Kind == value.Array {
		return t.Elem.Mod
	}
	return t.Mod
}

func (b *binder) coerceRow(r *RowExpr, to *value.Type, ctx value.CastContext) (Expr, error) {
	n := &RowExpr{T: to, Elems: make([]Expr, len(r.Elems))}
	for i, e := range r.Elems {
		c, err := b.coerce(e, to.Base().Fields[i].Type, ctx)
		if err != nil {
			return nil, err
		}
		n.Elems[i] = c
	}
	return n, nil
}

func (b *binder) coerceArray(a *Array, to *value.Type, ctx value.CastContext) (Expr, error) {
	n := &Array{T: to, Elems: make([]Expr, len(a.Elems))}
	for i, e := range a.Elems {
		t := to.Elem
		if e.Type().Kind == value.Array {
			t = to
		}
		c, err := b.coerce(e, t, ctx)
		if err != nil {
			return nil, err
		}
		n.Elems[i] = c
	}
	return n, nil
}

// decide gives an expression of unknown type its type.
func (b *binder) decide(x Expr, to *value.Type, ctx value.CastContext) (Expr, error) {
	if isPseudo(to) && to.Kind != value.Record || isUnknown(to) {
		to = value.TText
	}
	switch x := x.(type) {
	case *Param:
		b.setParam(x, to)
		if modified(to) {
			return &Cast{X: x, T: to, Ctx: ctx}, nil
		}
		return x, nil
	case *Const:
		switch {
		case b.cfg.Catalog != nil && b.cfg.Catalog.Constrained(to):
			base, err := b.coerce(x, to.Base(), ctx)
			return &Cast{X: base, T: to, Ctx: ctx}, err
		case x.Val.IsNull():
			return &Const{T: to}, nil
		}
		return b.literal(x, to, ctx)
	}
	return &Cast{X: x, T: to, Ctx: ctx}, nil
}

// literal reads an untyped literal as a type.
func (b *binder) literal(x *Const, to *value.Type, ctx value.CastContext) (Expr, error) {
	text := &Const{Val: x.Val, T: value.TText}
	if momentary(to, x.Val.S) {
		if _, err := value.Parse(to, x.Val.S, b.cfg.Env); err != nil {
			return nil, b.atExpr(err, x)
		}
		return &Cast{X: text, T: to, Ctx: value.Explicit}, nil
	}
	bare := to
	if modified(to) && (to.Kind == value.Varchar || to.Kind == value.Bpchar) {
		bare = unmodified(to)
	}
	v, err := value.Parse(bare, x.Val.S, b.cfg.Env)
	if err != nil {
		return nil, b.atExpr(err, x)
	}
	if zoned(bare, x.Val.S, v) {
		return &Cast{X: text, T: to, Ctx: value.Explicit}, nil
	}
	c := &Const{Val: v, T: bare}
	if p, ok := b.pos[x]; ok {
		b.pos[c] = p
	}
	if bare != to {
		return b.fold(&Cast{X: c, T: to, Ctx: ctx}), nil
	}
	return c, nil
}

// momentary reports whether the meaning of a date/time literal depends on when it is
// read: it stays a cast, for the moment of execution.
func momentary(t *value.Type, s string) bool {
	if t.Base().Kind == value.Array {
		t = t.Base().Elem
	}
	if category(t) != 'D' {
		return false
	}
	s = strings.ToLower(s)
	for _, w := range []string{"now", "today", "tomorrow", "yesterday"} {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// elsewhere is a zone to compare with: a literal that means the same there names its own.
var elsewhere = time.FixedZone("elsewhere", 3600)

// zoned reports whether the literal's meaning depends on the session's time zone: it
// stays a cast too, since a bound statement serves sessions of any zone.
func zoned(t *value.Type, s string, v value.Value) bool {
	base := t.Base()
	if base.Kind == value.Array {
		base = base.Elem.Base()
	}
	if base.Kind != value.Timestamptz && base.Kind != value.Timetz {
		return false
	}
	other, err := value.Parse(t, s, value.Env{Zone: elsewhere})
	if err != nil {
		return true
	}
	here, err := value.Parse(t, s, value.Env{})
	return err != nil || !value.Equal(t, here, other) || !value.Equal(t, here, v)
}

// fold evaluates a cast of a constant between kinds that depend on nothing else. One
// that fails stays: it fails when it runs.
func (b *binder) fold(c *Cast) Expr {
	k, ok := c.X.(*Const)
	if !ok || !foldable(k.T) || !foldable(c.T) {
		return c
	}
	v, err := value.Cast(k.T, c.T, k.Val, c.Ctx, b.cfg.Env)
	if err != nil {
		return c
	}
	n := &Const{Val: v, T: c.T}
	if p, ok := b.pos[c]; ok {
		b.pos[n] = p
	}
	return n
}

func foldable(t *value.Type) bool {
	c := category(t)
	return t.Kind != value.Domain && t.Kind != value.Regclass && (c == 'N' || c == 'S' || c == 'B' || t.Kind == value.JSONB)
}

// assign coerces x to the type of a column.
func (b *binder) assign(x Expr, t *value.Type, col string) (Expr, error) {
	if castClass(x.Type(), t) > castAssignment {
		err := fault.SQL("42804", "column \"%s\" is of type %s but expression is of type %s", col, typeName(t), typeName(x.Type())).
			WithHint(hintRewrite)
		return nil, b.atExpr(err, x)
	}
	return b.coerce(x, t, value.Assignment)
}

// must coerces x implicitly, or fails with Postgres' 42804 about what.
func (b *binder) must(x Expr, t *value.Type, what string, n pgsql.Node) (Expr, error) {
	if castClass(x.Type(), t) > castImplicit {
		return nil, b.at(fault.SQL("42804", "argument of %s must be type %s, not type %s", what, typeName(t), typeName(x.Type())), n)
	}
	return b.coerce(x, t, value.Implicit)
}

// known turns an expression that is still of unknown type into text.
func (b *binder) known(x Expr) (Expr, error) {
	if isUnknown(x.Type()) {
		return b.coerce(x, value.TText, value.Implicit)
	}
	return x, nil
}

// common is select_common_type: one type for the branches of what ("CASE", "UNION" …).
func (b *binder) common(xs []Expr, what string) (*value.Type, error) {
	if t := uniform(xs); t != nil {
		return t, nil
	}
	var t *value.Type
	for _, x := range xs {
		n := x.Type().Base()
		switch {
		case isUnknown(n):
		case t == nil:
			t = n
		case value.Same(t, n):
		case category(t) != category(n):
			return nil, b.atExpr(fault.SQL("42804", "%s types %s and %s cannot be matched", what, typeName(t), typeName(n)), x)
		case !preferred(t) && implicit(t, n) && !implicit(n, t):
			t = n
		}
	}
	if t == nil {
		return value.TText, nil
	}
	return unmodified(t), nil
}

// uniform is the one type that all of xs have already, nil where they differ.
func uniform(xs []Expr) *value.Type {
	var t *value.Type
	for _, x := range xs {
		switch {
		case isUnknown(x.Type()):
			return nil
		case t == nil:
			t = x.Type()
		case !value.Same(t, x.Type()):
			return nil
		case mods(t) != mods(x.Type()):
			t = unmodified(t)
		}
	}
	return t
}

// unify brings xs to their common type.
func (b *binder) unify(xs []Expr, what string) ([]Expr, *value.Type, error) {
	t, err := b.common(xs, what)
	if err != nil {
		return nil, nil, err
	}
	out := make([]Expr, len(xs))
	for i, x := range xs {
		if castClass(x.Type(), t) > castImplicit {
			return nil, nil, b.atExpr(fault.SQL("42846", "%s could not convert type %s to %s", what, typeName(x.Type()), typeName(t)), x)
		}
		if out[i], err = b.coerce(x, t, value.Implicit); err != nil {
			return nil, nil, err
		}
	}
	return out, t, nil
}

// cast binds x::t.
func (b *binder) cast(x Expr, t *value.Type, n pgsql.Node) (Expr, error) {
	if castClass(x.Type(), t) > castExplicit {
		return nil, b.at(fault.SQL("42846", "cannot cast type %s to %s", typeName(x.Type()), typeName(t)), n)
	}
	y, err := b.coerce(x, t, value.Explicit)
	if err != nil {
		return nil, err
	}
	if _, ok := b.pos[y]; !ok {
		b.mark(y, n)
	}
	return y, nil
}
