package bind

import (
	"math"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// expr binds an expression. Untyped literals and parameters come back with the type
// Unknown: whoever knows the place coerces them.
func (s *scope) expr(x pgsql.Expr) (Expr, error) {
	if err := s.b.deeper(); err != nil {
		return nil, err
	}
	defer func() { s.b.depth-- }()
	switch x := x.(type) {
	case *pgsql.Str:
		return s.b.mark(&Const{Val: value.Str(x.Val), T: value.TUnknown}, x), nil
	case *pgsql.Num:
		return s.b.number(x.Text, x)
	case *pgsql.BoolLit:
		return s.b.mark(&Const{Val: value.Truth(x.Val), T: value.TBool}, x), nil
	case *pgsql.NullLit:
		return s.b.mark(&Const{T: value.TUnknown}, x), nil
	case *pgsql.Default:
		return nil, s.b.at(fault.SQL("42601", "DEFAULT is not allowed in this context"), x)
	case *pgsql.Param:
		return s.b.param(x)
	case *pgsql.Column:
		if x.Star {
			return s.starValue(x)
		}
		return s.column(x)
	case *pgsql.Call:
		return s.call(x)
	case *pgsql.Binary:
		return s.binary(x)
	case *pgsql.Unary:
		return s.unary(x)
	}
	return s.special(x)
}

// starValue is t.* as an argument: the whole row.
func (s *scope) starValue(x *pgsql.Column) (Expr, error) {
	if len(x.Parts) == 0 {
		return nil, s.b.at(fault.SQL("42601", "row expansion via \"*\" is not supported here"), x)
	}
	id := pgsql.Ident{Name: x.Parts[len(x.Parts)-1]}
	if len(x.Parts) > 1 {
		id.Schema = x.Parts[len(x.Parts)-2]
	}
	if rel := s.rel(id); rel != nil {
		return s.b.wholeRow(rel, x), nil
	}
	if v := s.spreadVar(x); v != nil {
		return v, nil
	}
	return nil, s.b.at(s.noEntry(id), x)
}

// special binds the expressions with a syntax of their own.
func (s *scope) special(x pgsql.Expr) (Expr, error) {
	switch x := x.(type) {
	case *pgsql.Like:
		return s.like(x)
	case *pgsql.AnyAll:
		return s.anyAll(x)
	case *pgsql.Is:
		return s.is(x)
	case *pgsql.IsDistinct:
		return s.distinct(x)
	case *pgsql.In:
		return s.in(x)
	case *pgsql.Between:
		return s.between(x)
	case *pgsql.Case:
		return s.cases(x)
	case *pgsql.Cast:
		return s.castExpr(x)
	case *pgsql.Subquery:
		return s.subquery(x)
	case *pgsql.ArrayLit:
		return s.array(x, nil)
	case *pgsql.Row:
		return s.row(x)
	case *pgsql.Index:
		return s.index(x)
	case *pgsql.Field:
		return s.fieldExpr(x)
	case *pgsql.Collate:
		return s.collate(x)
	}
	return nil, errUnsupported("expression %T is not supported", x)
}

func (s *scope) list(xs []pgsql.Expr) ([]Expr, error) {
	out := make([]Expr, len(xs))
	for i, x := range xs {
		var err error
		if out[i], err = s.expr(x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// boolean binds a condition: WHERE, ON …
func (s *scope) boolean(x pgsql.Expr, clause string) (Expr, error) {
	if x == nil {
		return nil, nil
	}
	old := s.clause
	s.clause = clause
	defer func() { s.clause = old }()
	e, err := s.expr(x)
	if err != nil {
		return nil, err
	}
	return s.b.must(e, value.TBool, clause, x)
}

// number types a numeric literal: the smallest of integer, bigint and numeric.
func (b *binder) number(text string, n pgsql.Node) (Expr, error) {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		t := value.TInt8
		if i >= math.MinInt32 && i <= math.MaxInt32 {
			t = value.TInt4
		}
		return b.mark(&Const{Val: value.Int(i), T: t}, n), nil
	}
	v, err := value.Parse(value.TNumeric, text, b.cfg.Env)
	if err != nil {
		return nil, b.at(err, n)
	}
	return b.mark(&Const{Val: v, T: value.TNumeric}, n), nil
}

func (s *scope) is(x *pgsql.Is) (Expr, error) {
	e, err := s.expr(x.X)
	if err != nil {
		return nil, err
	}
	if x.What == "null" {
		if e, err = s.b.known(e); err != nil {
			return nil, err
		}
	} else {
		what := "IS "
		if x.Not {
			what += "NOT "
		}
		if e, err = s.b.must(e, value.TBool, what+strings.ToUpper(x.What), x.X); err != nil {
			return nil, err
		}
	}
	return s.b.mark(&Is{X: e, What: x.What, Not: x.Not}, x), nil
}

func (s *scope) distinct(x *pgsql.IsDistinct) (Expr, error) {
	l, err := s.expr(x.L)
	if err != nil {
		return nil, err
	}
	r, err := s.expr(x.R)
	if err != nil {
		return nil, err
	}
	if isNullConst(l) || isNullConst(r) {
		return s.distinctNull(l, r, x)
	}
	o, ferr := s.b.operator("=", []*value.Type{l.Type(), r.Type()})
	if ferr != nil {
		return nil, s.b.at(ferr, x)
	}
	args, err := s.b.fill([]Expr{l, r}, o.args)
	if err != nil {
		return nil, err
	}
	return s.b.mark(&IsDistinct{L: args[0], R: args[1], Eq: o.fn, Not: x.Not}, x), nil
}

// distinctNull is x is distinct from null: a null test.
func (s *scope) distinctNull(l, r Expr, x *pgsql.IsDistinct) (Expr, error) {
	if isNullConst(l) {
		l = r
	}
	l, err := s.b.known(l)
	if err != nil {
		return nil, err
	}
	return s.b.mark(&Is{X: l, What: "null", Not: !x.Not}, x), nil
}

func isNullConst(x Expr) bool {
	c, ok := x.(*Const)
	return ok && isUnknown(c.T) && c.Val.IsNull()
}

func (s *scope) between(x *pgsql.Between) (Expr, error) {
	if isRow(x.X) && isRow(x.Lo) && isRow(x.Hi) && !x.Symmetric {
		lo := &pgsql.Binary{At: x.At, Op: ">=", L: x.X, R: x.Lo}
		hi := &pgsql.Binary{At: x.At, Op: "<=", L: x.X, R: x.Hi}
		var both pgsql.Expr = &pgsql.Binary{At: x.At, Op: "and", L: lo, R: hi}
		if x.Not {
			both = &pgsql.Unary{At: x.At, Op: "not", X: both}
		}
		return s.expr(both)
	}
	v, err := s.list([]pgsql.Expr{x.X, x.Lo, x.Hi})
	if err != nil {
		return nil, err
	}
	e, err := s.b.within(v[0], v[1], v[2], x)
	if err != nil {
		return nil, err
	}
	if x.Symmetric {
		other, err := s.b.within(v[0], v[2], v[1], x)
		if err != nil {
			return nil, err
		}
		e = &Logic{Or: true, Args: []Expr{e, other}}
	}
	if x.Not {
		e = &Not{X: e}
	}
	return s.b.mark(e, x), nil
}

func (b *binder) within(x, lo, hi Expr, n pgsql.Node) (Expr, error) {
	l, err := b.apply(">=", x, lo, n)
	if err != nil {
		return nil, err
	}
	r, err := b.apply("<=", x, hi, n)
	if err != nil {
		return nil, err
	}
	return &Logic{Args: []Expr{l, r}}, nil
}

// cases lowers a simple case to a searched one and unifies the results.
func (s *scope) cases(x *pgsql.Case) (Expr, error) {
	var arg Expr
	var err error
	if x.Arg != nil {
		if arg, err = s.expr(x.Arg); err != nil {
			return nil, err
		}
		if arg, err = s.b.known(arg); err != nil {
			return nil, err
		}
	}
	out := &Case{}
	// Postgres lets the ELSE type lead when it chooses the common type.
	results := make([]Expr, 1, len(x.Whens)+1)
	results[0] = &Const{T: value.TUnknown}
	if x.Else != nil {
		if results[0], err = s.expr(x.Else); err != nil {
			return nil, err
		}
	}
	for _, w := range x.Whens {
		cond, err := s.whenCond(arg, w.Cond)
		if err != nil {
			return nil, err
		}
		then, err := s.expr(w.Then)
		if err != nil {
			return nil, err
		}
		out.Whens = append(out.Whens, When{Cond: cond})
		results = append(results, then)
	}
	all, t, err := s.b.unify(results, "CASE")
	if err != nil {
		return nil, err
	}
	for i := range out.Whens {
		out.Whens[i].Then = all[i+1]
	}
	if x.Else != nil {
		out.Else = all[0]
	}
	out.T = t
	return s.b.mark(out, x), nil
}

func (s *scope) whenCond(arg Expr, x pgsql.Expr) (Expr, error) {
	e, err := s.expr(x)
	if err != nil {
		return nil, err
	}
	if arg != nil {
		return s.b.apply("=", arg, e, x)
	}
	return s.b.must(e, value.TBool, "CASE/WHEN", x)
}

func (s *scope) castExpr(x *pgsql.Cast) (Expr, error) {
	t, err := s.b.typ(x.To)
	if err != nil {
		return nil, err
	}
	var e Expr
	if a, ok := x.X.(*pgsql.ArrayLit); ok && t.Base().Kind == value.Array {
		e, err = s.array(a, t.Base().Elem)
	} else {
		e, err = s.expr(x.X)
	}
	if err != nil {
		return nil, err
	}
	return s.b.cast(e, t, x)
}

// array binds array[…]; elem is the element type a cast asks for, nil for none.
func (s *scope) array(x *pgsql.ArrayLit, elem *value.Type) (Expr, error) {
	b := s.b
	if len(x.Elems) == 0 {
		if elem == nil {
			return nil, b.at(fault.SQL("42P18", "cannot determine type of empty array").
				WithHint("Explicitly cast to the desired type, for example ARRAY[]::integer[]."), x)
		}
		return b.mark(&Array{T: value.ArrayOf(elem)}, x), nil
	}
	elems := make([]Expr, len(x.Elems))
	for i, e := range x.Elems {
		if _, ok := e.(*pgsql.ArrayLit); ok {
			return nil, b.at(errDimensions(), e)
		}
		var err error
		if elems[i], err = s.expr(e); err != nil {
			return nil, err
		}
	}
	if elem != nil {
		for i, e := range elems {
			var err error
			if elems[i], err = b.cast(e, elem, x.Elems[i]); err != nil {
				return nil, err
			}
		}
		return b.mark(&Array{Elems: elems, T: value.ArrayOf(elem)}, x), nil
	}
	elems, t, err := b.unify(elems, "ARRAY")
	if err != nil {
		return nil, err
	}
	if t.Base().Kind == value.Array {
		return nil, b.at(errDimensions(), x)
	}
	return b.mark(&Array{Elems: elems, T: value.ArrayOf(t)}, x), nil
}

// errDimensions refuses arrays of arrays, wherever one would be made.
func errDimensions() *fault.Error {
	return errUnsupported("multidimensional arrays are not supported").WithHint("Use jsonb, or a table.")
}

func (s *scope) row(x *pgsql.Row) (Expr, error) {
	out := &RowExpr{T: &value.Type{Kind: value.Record}}
	for _, e := range x.Elems {
		cells, err := s.expand(e)
		if err != nil {
			return nil, err
		}
		for _, c := range cells {
			if c, err = s.b.known(c); err != nil {
				return nil, err
			}
			out.T.Fields = append(out.T.Fields, value.Field{Name: "f" + strconv.Itoa(len(out.Elems)+1), Type: c.Type()})
			out.Elems = append(out.Elems, c)
		}
	}
	return s.b.mark(out, x), nil
}

// expand binds e, with t.* as its columns.
func (s *scope) expand(e pgsql.Expr) ([]Expr, error) {
	if c, ok := e.(*pgsql.Column); ok && c.Star {
		ts, err := s.star(c)
		var out []Expr
		for _, t := range ts {
			out = append(out, t.X)
		}
		return out, err
	}
	x, err := s.expr(e)
	return []Expr{x}, err
}

func (s *scope) fieldExpr(x *pgsql.Field) (Expr, error) {
	if x.Star {
		return nil, s.b.at(fault.SQL("42601", "row expansion via \"*\" is not supported here"), x)
	}
	e, err := s.expr(x.X)
	if err != nil {
		return nil, err
	}
	return s.b.field(e, x.Name, x.X)
}

// field is (x).name.
func (b *binder) field(x Expr, name string, n pgsql.Node) (Expr, error) {
	t := x.Type().Base()
	if t.Kind != value.Record {
		return nil, b.at(fault.SQL("42809", "column notation .%s applied to type %s, which is not a composite type", name, typeName(x.Type())), n)
	}
	for i, f := range t.Fields {
		if f.Name != name {
			continue
		}
		if w, ok := x.(*WholeRow); ok {
			return b.col(w.Rel, i, n), nil
		}
		return b.mark(&Field{X: x, Idx: i, T: f.Type}, n), nil
	}
	if v, ok := x.(*Var); ok && len(t.Fields) == 0 {
		_ = v
		return nil, b.at(fault.SQL("42703", "record has no field \"%s\"", name), n)
	}
	if t.Name == "" {
		return nil, b.at(fault.SQL("42703", "could not identify column \"%s\" in record data type", name), n)
	}
	return nil, b.at(fault.SQL("42703", "column \"%s\" not found in data type %s", name, typeName(t)), n)
}

// collate accepts the collations that are byte order or close enough to be harmless.
func (s *scope) collate(x *pgsql.Collate) (Expr, error) {
	e, err := s.expr(x.X)
	if err != nil {
		return nil, err
	}
	switch x.Name {
	case "C", "POSIX", "default", "ucs_basic":
		return s.b.known(e)
	}
	return nil, s.b.at(fault.SQL("42704", "collation \"%s\" for encoding \"UTF8\" does not exist", x.Name), x)
}
