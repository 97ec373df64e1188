package pgsql

import "strconv"

// precOf returns how tight the outermost operator of x binds when it is printed.
func precOf(x Expr) int {
	switch x := x.(type) {
	case *Binary:
		return opPrec(x.Op)
	case *Unary:
		switch x.Op {
		case "not":
			return precNot
		case "-", "+":
			return precUnary
		}
		return precOp
	case *AnyAll:
		return opPrec(x.Op)
	case *Like, *In, *Between:
		return precRange
	case *Is, *IsDistinct:
		return precIs
	case *Collate:
		return precCollate
	case *Cast:
		return precCast
	case *Num:
		if x.Text != "" && x.Text[0] == '-' {
			return precUnary
		}
	}
	return precPrimary
}

func opPrec(op string) int {
	switch op {
	case "or":
		return precOr
	case "and":
		return precAnd
	case "like", "not like", "ilike", "not ilike":
		return precRange
	}
	if n := infix(&token{kind: tOp, val: op}); n != 0 {
		return n
	}
	return precOp
}

// expr appends x, in parentheses if it binds less tight than prec.
func (w *printer) expr(x Expr, prec int) {
	if x == nil {
		return
	}
	if precOf(x) < prec {
		w.str("(")
		defer w.str(")")
	}
	switch x := x.(type) {
	case *Str:
		w.str(QuoteLiteral(x.Val))
	case *Num:
		w.str(x.Text)
	case *BoolLit:
		w.str(strconv.FormatBool(x.Val))
	case *NullLit:
		w.str("null")
	case *Default:
		w.str("default")
	case *Param:
		w.str("$", strconv.Itoa(x.N))
	case *Column:
		w.column(x)
	case *Call:
		w.call(x)
	case *Case:
		w.caseExpr(x)
	case *Subquery:
		w.subquery(x)
	case *ArrayLit:
		w.str("array[")
		w.exprs(x.Elems)
		w.str("]")
	case *Row:
		w.row(x)
	case *Index:
		w.index(x)
	case *Field:
		w.field(x)
	default:
		w.operator(x)
	}
}

// operator appends the nodes that have a precedence.
func (w *printer) operator(x Expr) {
	switch x := x.(type) {
	case *Binary:
		w.binary(x)
	case *Unary:
		w.unary(x)
	case *Like:
		w.expr(x.X, precRange+1)
		w.opt(x.Not, " not")
		w.str(" ", x.Op)
		w.opt(x.Op == "similar", " to")
		w.str(" ")
		w.expr(x.Pattern, precRange+1)
		if x.Escape != nil {
			w.str(" escape ")
			w.expr(x.Escape, precRange+1)
		}
	case *AnyAll:
		w.anyAll(x)
	case *Is:
		w.expr(x.X, precIs+1)
		w.str(" is ")
		w.opt(x.Not, "not ")
		w.str(x.What)
	case *IsDistinct:
		w.expr(x.L, precIs+1)
		w.str(" is ")
		w.opt(x.Not, "not ")
		w.str("distinct from ")
		w.expr(x.R, precIs+1)
	case *In:
		w.in(x)
	case *Between:
		w.between(x)
	case *Cast:
		w.expr(x.X, precCast)
		w.str("::", x.To.String())
	case *Collate:
		w.expr(x.X, precCollate)
		w.str(" collate ", QuoteIdent(x.Name))
	}
}

func (w *printer) binary(x *Binary) {
	level := opPrec(x.Op)
	left := level
	if level == precCompare {
		left++
	}
	w.expr(x.L, left)
	w.str(" ", x.Op, " ")
	w.expr(x.R, level+1)
}

func (w *printer) unary(x *Unary) {
	switch x.Op {
	case "not":
		w.str("not ")
		w.expr(x.X, precNot)
	case "-", "+":
		w.str(x.Op)
		n := len(w.buf)
		w.expr(x.X, precUnary)
		if n < len(w.buf) && isOpChar(w.buf[n]) {
			w.buf = append(w.buf[:n], append([]byte{' '}, w.buf[n:]...)...)
		}
	default:
		w.str(x.Op, " ")
		w.expr(x.X, precOp+1)
	}
}

func (w *printer) anyAll(x *AnyAll) {
	level := opPrec(x.Op)
	if level == precCompare || level == precRange {
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

func (w *printer) in(x *In) {
	w.expr(x.X, precRange+1)
	w.opt(x.Not, " not")
	w.str(" in (")
	if x.Query != nil {
		w.query(x.Query)
	} else {
		w.exprs(x.List)
	}
	w.str(")")
}

func (w *printer) between(x *Between) {
	w.expr(x.X, precRange+1)
	w.opt(x.Not, " not")
	w.str(" between ")
	w.opt(x.Symmetric, "symmetric ")
	w.restricted(x.Lo)
	w.str(" and ")
	w.expr(x.Hi, precRange+1)
}

// restricted appends x where only a b_expr may stand.
func (w *printer) restricted(x Expr) {
	if bareSafe(x) {
		w.expr(x, precOp)
		return
	}
	w.str("(")
	w.expr(x, 0)
	w.str(")")
}

// bareSafe reports whether x reads the same as a b_expr.
func bareSafe(x Expr) bool {
	switch x := x.(type) {
	case *Binary:
		return opPrec(x.Op) >= precOp && bareSafe(x.L) && bareSafe(x.R)
	case *Unary:
		return x.Op != "not" && bareSafe(x.X)
	case *Cast:
		return bareSafe(x.X)
	}
	return precOf(x) == precPrimary
}

func (w *printer) column(x *Column) {
	for i, part := range x.Parts {
		w.opt(i > 0, ".")
		w.ident(part)
	}
	if x.Star {
		w.opt(len(x.Parts) > 0, ".")
		w.str("*")
	}
}

func (w *printer) row(x *Row) {
	w.opt(len(x.Elems) < 2, "row")
	w.str("(")
	w.exprs(x.Elems)
	w.str(")")
}

// base appends the operand of a subscript or field selection.
func (w *printer) base(x Expr, field bool) {
	switch x := x.(type) {
	case *Column:
		if !field && !x.Star {
			w.expr(x, 0)
			return
		}
	case *Param, *Index, *Field:
		w.expr(x, 0)
		return
	case *Subquery:
		if x.Kind == "scalar" {
			w.expr(x, 0)
			return
		}
	}
	w.str("(")
	w.expr(x, 0)
	w.str(")")
}

func (w *printer) index(x *Index) {
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

func (w *printer) field(x *Field) {
	w.base(x.X, true)
	if x.Star {
		w.str(".*")
		return
	}
	w.str(".", QuoteIdent(x.Name))
}

func (w *printer) caseExpr(x *Case) {
	w.str("case")
	w.clause(" ", x.Arg)
	for _, arm := range x.Whens {
		w.clause(" when ", arm.Cond)
		w.clause(" then ", arm.Then)
	}
	w.clause(" else ", x.Else)
	w.str(" end")
}

func (w *printer) subquery(x *Subquery) {
	if x.Kind != "scalar" {
		w.str(x.Kind)
	}
	w.str("(")
	w.query(x.Query)
	w.str(")")
}
