package parse

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql/cursor"
	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/refuse"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// expr reads a whole expression (a_expr of Postgres' grammar).
func (p *parser) expr() tree.Expr { return p.exprPrec(precOr, false) }

// restricted reads Postgres' b_expr, which stands where a bare AND, NOT, IN … would
// be ambiguous: column defaults, the lower bound of BETWEEN, POSITION.
func (p *parser) restricted() tree.Expr { return p.exprPrec(precOr, true) }

// exprPrec reads an expression whose operators bind at least as tight as prec.
func (p *parser) exprPrec(prec int, restricted bool) tree.Expr {
	p.Enter()
	x := p.climb(p.prefix(restricted), prec, restricted)
	p.Leave()
	return x
}

// prefix reads a prefix operator with its operand, or a primary.
func (p *parser) prefix(restricted bool) tree.Expr {
	t := p.Cur()
	at := p.At()
	switch {
	case t.Kind == tOp && (t.Val == "-" || t.Val == "+"):
		p.I++
		return &tree.Unary{At: at, Op: t.Val, X: p.exprPrec(precUnary, restricted)}
	case t.Kind == tOp && lex.IsOpChar(t.Val[0]) && infix(t) == precOp:
		p.I++
		return &tree.Unary{At: at, Op: t.Val, X: p.exprPrec(precOp+1, restricted)}
	case t.Kind == tIdent && t.Val == "not" && !restricted:
		p.I++
		return &tree.Unary{At: at, Op: "not", X: p.exprPrec(precNot, false)}
	case t.IsWord("operator") && p.Peek(1).IsOp("("):
		op := p.qualifiedOp()
		return &tree.Unary{At: at, Op: op, X: p.exprPrec(precOp+1, restricted)}
	}
	return p.primary()
}

func wordInfix(t *token) int {
	if t.Class == kwNone {
		return 0
	}
	switch t.Val {
	case "or":
		return precOr
	case "and":
		return precAnd
	case "is", "isnull", "notnull":
		return precIs
	case "between", "in", "like", "ilike", "similar", "not", "overlaps":
		return precRange
	case "at":
		return precAt
	case "collate":
		return precCollate
	case "operator":
		return precOp
	}
	return 0
}

// climb extends x by the operators that follow and bind at least as tight as prec.
func (p *parser) climb(x tree.Expr, prec int, restricted bool) tree.Expr {
	for n := 0; ; n++ {
		t := p.Cur()
		level := infix(t)
		if level == 0 || level < prec {
			return x
		}
		if n > cursor.MaxChain {
			p.TooDeep()
		}
		var y tree.Expr
		if t.Kind == tOp || level == precOp {
			y = p.symbolInfix(x, level, restricted)
		} else {
			y = p.wordInfix(x, level, restricted)
		}
		if y == nil {
			return x
		}
		x = y
	}
}

// once refuses a second operator of a level that doesn't associate: a < b < c.
func (p *parser) once(level int) {
	if infix(p.Cur()) == level && !(p.Cur().IsWord("not") && !p.notRange()) {
		p.Fail()
	}
}

// symbolInfix reads an operator made of symbols and its right side, nil for none.
func (p *parser) symbolInfix(x tree.Expr, level int, restricted bool) tree.Expr {
	at, t := p.At(), p.Cur()
	if level == precCast {
		p.I++
		return &tree.Cast{At: at, X: x, To: p.typeName()}
	}
	op := t.Val
	if t.Kind == tIdent {
		if !p.Peek(1).IsOp("(") {
			return nil
		}
		op = p.qualifiedOp()
	} else {
		p.I++
	}
	if !restricted {
		if y := p.anyAll(at, x, op); y != nil {
			return y
		}
	}
	y := &tree.Binary{At: at, Op: op, L: x, R: p.exprPrec(level+1, restricted)}
	if level == precCompare {
		p.once(level)
	}
	return y
}

// qualifiedOp reads OPERATOR(schema.op); the schema is dropped.
func (p *parser) qualifiedOp() string {
	p.I++
	p.ExpectOp("(")
	for p.Cur().IsColID() {
		p.I++
		p.ExpectOp(".")
	}
	t := p.Cur()
	if t.Kind != tOp || !lex.IsOpChar(t.Val[0]) || t.Val == "=>" {
		p.Fail()
	}
	p.I++
	p.ExpectOp(")")
	return t.Val
}

// anyAll reads the right side of x op ANY (…), or returns nil.
func (p *parser) anyAll(at tree.At, x tree.Expr, op string) tree.Expr {
	if p.IsAny("any", "some", "all") == "" {
		return nil
	}
	a := &tree.AnyAll{At: at, X: x, Op: op, All: p.Advance().Val == "all"}
	open := p.At()
	q, list := p.parens()
	if q != nil {
		a.Query = q
		return a
	}
	if len(list) != 1 {
		p.Refuse(open, "Write = any (array[…]).", "ANY and ALL take one array or query")
	}
	a.Array = list[0]
	return a
}

// notRange reports whether NOT begins not in, not like, not between …
func (p *parser) notRange() bool {
	switch t := p.Peek(1); {
	case t.Kind != tIdent:
		return false
	case t.Val == "between", t.Val == "in", t.Val == "like", t.Val == "ilike", t.Val == "similar":
		return true
	}
	return false
}

// wordInfix reads an operator made of words and its right side, nil for none.
func (p *parser) wordInfix(x tree.Expr, level int, restricted bool) tree.Expr {
	at, t := p.At(), p.Cur()
	if restricted && !(t.Val == "is" && p.isDistinctNext()) {
		return nil
	}
	switch level {
	case precOr, precAnd:
		p.I++
		return &tree.Binary{At: at, Op: t.Val, L: x, R: p.exprPrec(level+1, false)}
	case precIs:
		return p.is_(at, x, restricted)
	case precRange:
		if t.Val == "not" && !p.notRange() || t.Val == "similar" && !p.Peek(1).IsWord("to") {
			return nil
		}
		if t.Val == "overlaps" {
			return p.overlaps(at, x)
		}
		return p.rangeOp(at, x)
	case precAt:
		refuse.Local(&p.Cursor)
		if !p.Accept("at", "time", "zone") {
			return nil
		}
		zone := p.exprPrec(precAt+1, false)
		return &tree.Call{At: at, Name: tree.Ident{Name: "timezone"}, Args: []tree.Expr{zone, x}}
	case precCollate:
		p.I++
		return &tree.Collate{At: at, X: x, Name: p.collation()}
	}
	return nil
}

// overlaps reads (a, b) overlaps (c, d).
func (p *parser) overlaps(at tree.At, x tree.Expr) tree.Expr {
	p.I++
	y := p.exprPrec(precRange+1, false)
	p.once(precRange)
	l, okL := x.(*tree.Row)
	r, okR := y.(*tree.Row)
	if !okL || !okR || len(l.Elems) != 2 || len(r.Elems) != 2 {
		p.Refuse(at, "Write (start, end) on both sides.", "OVERLAPS takes two rows of two")
	}
	return &tree.Call{At: at, Name: tree.Ident{Schema: "pg_catalog", Name: "overlaps"}, Args: append(l.Elems[:2:2], r.Elems...)}
}

// collation takes a collation's name and drops pg_catalog.
func (p *parser) collation() string {
	return p.Name().Name
}

func (p *parser) isDistinctNext() bool {
	return p.Is("is", "distinct") || p.Is("is", "not", "distinct")
}

func (p *parser) is_(at tree.At, x tree.Expr, restricted bool) tree.Expr {
	switch p.Advance().Val {
	case "isnull":
		return &tree.Is{At: at, X: x, What: "null"}
	case "notnull":
		return &tree.Is{At: at, X: x, What: "null", Not: true}
	}
	not := p.Accept("not")
	if p.Accept("distinct") {
		p.Expect("from")
		y := &tree.IsDistinct{At: at, L: x, R: p.exprPrec(precIs+1, restricted), Not: not}
		p.once(precIs)
		return y
	}
	if y := p.normalized(at, x); y != nil {
		if not {
			return &tree.Unary{At: at, Op: "not", X: y}
		}
		return y
	}
	refuse.Is(&p.Cursor, at)
	return &tree.Is{At: at, X: x, What: p.ExpectAny("null", "true", "false", "unknown"), Not: not}
}

// normalized reads [nfc] normalized behind IS, or returns nil.
func (p *parser) normalized(at tree.At, x tree.Expr) tree.Expr {
	c := &tree.Call{At: at, Name: tree.Ident{Schema: "pg_catalog", Name: "is_normalized"}, Args: []tree.Expr{x}}
	if p.Peek(1).IsWord("normalized") {
		form := &tree.Str{At: p.At(), Val: strings.ToUpper(p.ExpectAny("nfc", "nfd", "nfkc", "nfkd"))}
		c.Args = append(c.Args, form)
	}
	if p.Accept("normalized") {
		return c
	}
	return nil
}

// rangeOp reads [not] between | in | like | ilike | similar to.
func (p *parser) rangeOp(at tree.At, x tree.Expr) tree.Expr {
	not := p.Accept("not")
	word := p.Advance().Val
	var y tree.Expr
	switch word {
	case "in":
		in := &tree.In{At: at, X: x, Not: not}
		in.Query, in.List = p.parens()
		return in
	case "between":
		b := &tree.Between{At: at, X: x, Not: not, Symmetric: p.Accept("symmetric")}
		if !b.Symmetric {
			p.Accept("asymmetric")
		}
		b.Lo = p.restricted()
		p.Expect("and")
		b.Hi = p.exprPrec(precRange+1, false)
		y = b
	default:
		y = p.like(at, x, word, not)
	}
	if _, quantified := y.(*tree.AnyAll); !quantified {
		p.once(precRange)
	}
	return y
}

func (p *parser) like(at tree.At, x tree.Expr, word string, not bool) tree.Expr {
	op := word
	if not {
		op = "not " + word
	}
	if word == "similar" {
		p.Expect("to")
	} else if y := p.anyAll(at, x, op); y != nil {
		return y
	}
	l := &tree.Like{At: at, X: x, Op: word, Not: not, Pattern: p.exprPrec(precRange+1, false)}
	if p.Accept("escape") {
		l.Escape = p.exprPrec(precRange+1, false)
	}
	return l
}

// exprs reads a comma list of expressions.
func (p *parser) exprs() []tree.Expr {
	list := []tree.Expr{p.expr()}
	for p.AcceptOp(",") {
		list = append(list, p.expr())
	}
	return list
}

// parens reads a query in parentheses, or a list of expressions in parentheses.
func (p *parser) parens() (*tree.Select, []tree.Expr) {
	p.Enter()
	p.ExpectOp("(")
	q, x := p.queryOrExpr()
	var list []tree.Expr
	if q == nil {
		list = append(list, x)
		for p.AcceptOp(",") {
			list = append(list, p.expr())
		}
	}
	p.ExpectOp(")")
	p.Leave()
	return q, list
}

// queryOrExpr reads what follows an opening parenthesis. A parenthesis may turn
// out to be a query or an expression only at its end, so the decision is taken
// there, without trying twice.
func (p *parser) queryOrExpr() (*tree.Select, tree.Expr) {
	if p.queryStart() {
		return p.query(), nil
	}
	if !p.IsOp("(") || !p.queryInside() {
		return nil, p.expr()
	}
	at := p.At()
	q, list := p.parens()
	if q == nil {
		return nil, p.climb(p.parenthesised(at, list), precOr, false)
	}
	if p.queryGoesOn() {
		return p.queryTail(q), nil
	}
	if p.IsOp(")") {
		return q, nil
	}
	var x tree.Expr = &tree.Subquery{At: at, Kind: "scalar", Query: q}
	return nil, p.climb(p.indirection(x), precOr, false)
}

// parenthesised is the value of (a) or (a, b).
func (p *parser) parenthesised(at tree.At, list []tree.Expr) tree.Expr {
	var x tree.Expr
	if len(list) == 1 {
		x = list[0]
	} else {
		x = &tree.Row{At: at, Elems: list}
	}
	return p.indirection(x)
}

// queryInside reports whether the first token behind a run of parentheses begins
// a query.
func (p *parser) queryInside() bool {
	n := 0
	for p.Peek(n).IsOp("(") {
		n++
	}
	return p.startsQuery(n)
}

func (p *parser) queryStart() bool { return p.startsQuery(0) }

// startsQuery reports whether the token n places ahead begins a query.
func (p *parser) startsQuery(n int) bool {
	t := p.Peek(n)
	if t.Kind != tIdent {
		return false
	}
	switch t.Val {
	case "select", "with", "table":
		return true
	case "values": // may also be a column's name
		return p.Peek(n + 1).IsOp("(")
	}
	return false
}

// queryGoesOn reports whether a query in parentheses is the left side of a longer
// query.
func (p *parser) queryGoesOn() bool {
	return p.IsAny("union", "intersect", "except", "order", "limit", "offset", "fetch", "for") != ""
}

// infix returns the precedence of an operator token, or 0.
func infix(t *token) int {
	switch t.Kind {
	case tIdent:
		return wordInfix(t)
	case tOp:
		return lex.Infix(t.Val)
	}
	return 0
}
