package print

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// precOf returns how tight the outermost operator of x binds when it is printed.
func precOf(x tree.Expr) int {
	switch x := x.(type) {
	case *tree.Binary:
		return opPrec(x.Op)
	case *tree.Unary:
		switch x.Op {
		case "not":
			return lex.PrecNot
		case "-", "+":
			return lex.PrecUnary
		}
		return lex.PrecOp
	case *tree.AnyAll:
		return opPrec(x.Op)
	case *tree.Like, *tree.In, *tree.Between:
		return lex.PrecRange
	case *tree.Is, *tree.IsDistinct:
		return lex.PrecIs
	case *tree.Collate:
		return lex.PrecCollate
	case *tree.Cast:
		return lex.PrecCast
	case *tree.Num:
		if x.Text != "" && x.Text[0] == '-' {
			return lex.PrecUnary
		}
	}
	return lex.PrecPrimary
}

func opPrec(op string) int {
	switch op {
	case "or":
		return lex.PrecOr
	case "and":
		return lex.PrecAnd
	case "like", "not like", "ilike", "not ilike":
		return lex.PrecRange
	}
	if n := lex.Infix(op); n != 0 {
		return n
	}
	return lex.PrecOp
}

// expr appends x, in parentheses if it binds less tight than prec.
func (w *printer) expr(x tree.Expr, prec int) {
	if x == nil {
		return
	}
	if precOf(x) < prec {
		w.str("(")
		defer w.str(")")
	}
	switch x := x.(type) {
	case *tree.Str:
		w.str(lex.QuoteLiteral(x.Val))
	case *tree.Num:
		w.str(x.Text)
	case *tree.BoolLit:
		w.str(strconv.FormatBool(x.Val))
	case *tree.NullLit:
		w.str("null")
	case *tree.Default:
		w.str("default")
	case *tree.Param:
		w.str("$", strconv.Itoa(x.N))
	case *tree.Column:
		w.column(x)
	case *tree.Call:
		w.call(x)
	case *tree.Case:
		w.caseExpr(x)
	case *tree.Subquery:
		w.subquery(x)
	case *tree.ArrayLit:
		w.str("array[")
		w.exprs(x.Elems)
		w.str("]")
	case *tree.Row:
		w.row(x)
	case *tree.Index:
		w.index(x)
	case *tree.Field:
		w.field(x)
	default:
		w.operator(x)
	}
}

// operator appends the nodes that have a precedence.
func (w *printer) operator(x tree.Expr) {
	switch x := x.(type) {
	case *tree.Binary:
		w.binary(x)
	case *tree.Unary:
		w.unary(x)
	case *tree.Like:
		w.expr(x.X, lex.PrecRange+1)
		w.opt(x.Not, " not")
		w.str(" ", x.Op)
		w.opt(x.Op == "similar", " to")
		w.str(" ")
		w.expr(x.Pattern, lex.PrecRange+1)
		if x.Escape != nil {
			w.str(" escape ")
			w.expr(x.Escape, lex.PrecRange+1)
		}
	case *tree.AnyAll:
		w.anyAll(x)
	case *tree.Is:
		w.expr(x.X, lex.PrecIs+1)
		w.str(" is ")
		w.opt(x.Not, "not ")
		w.str(x.What)
	case *tree.IsDistinct:
		w.expr(x.L, lex.PrecIs+1)
		w.str(" is ")
		w.opt(x.Not, "not ")
		w.str("distinct from ")
		w.expr(x.R, lex.PrecIs+1)
	case *tree.In:
		w.in(x)
	case *tree.Between:
		w.between(x)
	case *tree.Cast:
		w.expr(x.X, lex.PrecCast)
		w.str("::", x.To.String())
	case *tree.Collate:
		w.expr(x.X, lex.PrecCollate)
		w.str(" collate ", lex.QuoteIdent(x.Name))
	}
}

func (w *printer) binary(x *tree.Binary) {
	level := opPrec(x.Op)
	left := level
	if level == lex.PrecCompare {
		left++
	}
	w.expr(x.L, left)
	w.str(" ", x.Op, " ")
	w.expr(x.R, level+1)
}

func (w *printer) unary(x *tree.Unary) {
	switch x.Op {
	case "not":
		w.str("not ")
		w.expr(x.X, lex.PrecNot)
	case "-", "+":
		w.str(x.Op)
		n := len(w.buf)
		w.expr(x.X, lex.PrecUnary)
		if n < len(w.buf) && lex.IsOpChar(w.buf[n]) {
			w.buf = append(w.buf[:n], append([]byte{' '}, w.buf[n:]...)...)
		}
	default:
		w.str(x.Op, " ")
		w.expr(x.X, lex.PrecOp+1)
	}
}

func (w *printer) anyAll(x *tree.AnyAll) {
	level := opPrec(x.Op)
	if level == lex.PrecCompare || level == lex.PrecRange {
		level++
	}
	w.expr(x.X, level)
	w.str(" ", x.Op, map[bool]string{true: " all (", false: " any ("}[x.All])
	if x.Query != nil {
		w.query(x.Query)
	} else {
		w.expr(x.Array, 0)
	}
	w.str(")")
}

func (w *printer) in(x *tree.In) {
	w.expr(x.X, lex.PrecRange+1)
	w.opt(x.Not, " not")
	w.str(" in (")
	if x.Query != nil {
		w.query(x.Query)
	} else {
		w.exprs(x.List)
	}
	w.str(")")
}

func (w *printer) between(x *tree.Between) {
	w.expr(x.X, lex.PrecRange+1)
	w.opt(x.Not, " not")
	w.str(" between ")
	w.opt(x.Symmetric, "symmetric ")
	w.restricted(x.Lo)
	w.str(" and ")
	w.expr(x.Hi, lex.PrecRange+1)
}

// restricted appends x where only a b_expr may stand.
func (w *printer) restricted(x tree.Expr) {
	if bareSafe(x) {
		w.expr(x, lex.PrecOp)
		return
	}
	w.str("(")
	w.expr(x, 0)
	w.str(")")
}

// bareSafe reports whether x reads the same as a b_expr.
func bareSafe(x tree.Expr) bool {
	switch x := x.(type) {
	case *tree.Binary:
		return opPrec(x.Op) >= lex.PrecOp && bareSafe(x.L) && bareSafe(x.R)
	case *tree.Unary:
		return x.Op != "not" && bareSafe(x.X)
	case *tree.Cast:
		return bareSafe(x.X)
	}
	return precOf(x) == lex.PrecPrimary
}

func (w *printer) column(x *tree.Column) {
	for i, part := range x.Parts {
		w.opt(i > 0, ".")
		w.ident(part)
	}
	if x.Star {
		w.opt(len(x.Parts) > 0, ".")
		w.str("*")
	}
}

func (w *printer) row(x *tree.Row) {
	w.opt(len(x.Elems) < 2, "row")
	w.str("(")
	w.exprs(x.Elems)
	w.str(")")
}

// base appends the operand of a subscript or field selection.
func (w *printer) base(x tree.Expr, field bool) {
	switch x := x.(type) {
	case *tree.Column:
		if !field && !x.Star {
			w.expr(x, 0)
			return
		}
	case *tree.Param, *tree.Index, *tree.Field:
		w.expr(x, 0)
		return
	case *tree.Subquery:
		if x.Kind == "scalar" {
			w.expr(x, 0)
			return
		}
	}
	w.str("(")
	w.expr(x, 0)
	w.str(")")
}

func (w *printer) index(x *tree.Index) {
	w.base(x.X, false)
	w.str("[")
	if x.Slice {
		w.expr(x.Lo, 0)
		w.str(":")
		w.expr(x.Hi, 0)
	} else {
		w.expr(x.I, 0)
	}
	w.str("]")
}

func (w *printer) field(x *tree.Field) {
	w.base(x.X, true)
	if x.Star {
		w.str(".*")
		return
	}
	w.str(".", lex.QuoteIdent(x.Name))
}

func (w *printer) caseExpr(x *tree.Case) {
	w.str("case")
	w.clause(" ", x.Arg)
	for _, arm := range x.Whens {
		w.clause(" when ", arm.Cond)
		w.clause(" then ", arm.Then)
	}
	w.clause(" else ", x.Else)
	w.str(" end")
}

func (w *printer) subquery(x *tree.Subquery) {
	if x.Kind != "scalar" {
		w.str(x.Kind)
	}
	w.str("(")
	w.query(x.Query)
	w.str(")")
}
