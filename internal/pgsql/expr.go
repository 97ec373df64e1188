package pgsql

// Postgres' precedence, from loose to tight.
const (
	precOr = iota + 1
	precAnd
	precNot
	precIs
	precCompare
	precRange // between, in, like: above comparison, below other operators
	precOp
	precAdd
	precMul
	precPow
	precAt
	precCollate
	precUnary
	precCast
	precPrimary
)

// expr reads a whole expression (a_expr of Postgres' grammar).
func (p *parser) expr() Expr { return p.exprPrec(precOr, false) }

// restricted reads Postgres' b_expr, which stands where a bare AND, NOT, IN … would
// be ambiguous: column defaults, the lower bound of BETWEEN, POSITION.
func (p *parser) restricted() Expr { return p.exprPrec(precOr, true) }

// exprPrec reads an expression whose operators bind at least as tight as prec.
func (p *parser) exprPrec(prec int, restricted bool) Expr {
	p.enter()
	x := p.climb(p.prefix(restricted), prec, restricted)
	p.leave()
	return x
}

// prefix reads a prefix operator with its operand, or a primary.
func (p *parser) prefix(restricted bool) Expr {
	t := p.cur()
	at := p.at()
	switch {
	case t.kind == tOp && (t.val == "-" || t.val == "+"):
		p.i++
		return &Unary{At: at, Op: t.val, X: p.exprPrec(precUnary, restricted)}
	case t.kind == tOp && isOpChar(t.val[0]) && infix(t) == precOp:
		p.i++
		return &Unary{At: at, Op: t.val, X: p.exprPrec(precOp+1, restricted)}
	case t.kind == tIdent && t.val == "not" && !restricted:
		p.i++
		return &Unary{At: at, Op: "not", X: p.exprPrec(precNot, false)}
	case t.isWord("operator") && p.peek(1).isOp("("):
		op := p.qualifiedOp()
		return &Unary{At: at, Op: op, X: p.exprPrec(precOp+1, restricted)}
	}
	return p.primary()
}

// infix returns the precedence of an operator token, or 0.
func infix(t *token) int {
	if t.kind == tIdent {
		return wordInfix(t)
	}
	if t.kind != tOp {
		return 0
	}
	switch t.val {
	case "=", "<", ">", "<=", ">=", "<>":
		return precCompare
	case "+", "-":
		return precAdd
	case "*", "/", "%":
		return precMul
	case "^":
		return precPow
	case "::":
		return precCast
	case "(", ")", "[", "]", ",", ";", ".", ":", ":=", "..", "=>", "`":
		return 0
	}
	return precOp
}

func wordInfix(t *token) int {
	if t.class == kwNone {
		return 0
	}
	switch t.val {
	case "or":
		return precOr
	case "and":
		return precAnd
	case "is", "isnull", "notnull":
		return precIs
	case "between", "in", "like", "ilike", "similar", "not":
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
func (p *parser) climb(x Expr, prec int, restricted bool) Expr {
	for n := 0; ; n++ {
		t := p.cur()
		level := infix(t)
		if level == 0 || level < prec {
			return x
		}
		if n > maxChain {
			p.tooDeep()
		}
		var y Expr
		if t.kind == tOp || level == precOp {
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
	if infix(p.cur()) == level && !(p.cur().isWord("not") && !p.notRange()) {
		p.fail()
	}
}

// symbolInfix reads an operator made of symbols and its right side, nil for none.
func (p *parser) symbolInfix(x Expr, level int, restricted bool) Expr {
	at, t := p.at(), p.cur()
	if level == precCast {
		p.i++
		return &Cast{At: at, X: x, To: p.typeName()}
	}
	op := t.val
	if t.kind == tIdent {
		if !p.peek(1).isOp("(") {
			return nil
		}
		op = p.qualifiedOp()
	} else {
		p.i++
	}
	if !restricted {
		if y := p.anyAll(at, x, op); y != nil {
			return y
		}
	}
	y := &Binary{At: at, Op: op, L: x, R: p.exprPrec(level+1, restricted)}
	if level == precCompare {
		p.once(level)
	}
	return y
}

// qualifiedOp reads OPERATOR(schema.op); the schema is dropped.
func (p *parser) qualifiedOp() string {
	p.i++
	p.expectOp("(")
	for p.cur().isColID() {
		p.i++
		p.expectOp(".")
	}
	t := p.cur()
	if t.kind != tOp || !isOpChar(t.val[0]) || t.val == "=>" {
		p.fail()
	}
	p.i++
	p.expectOp(")")
	return t.val
}

// anyAll reads the right side of x op ANY (…), or returns nil.
func (p *parser) anyAll(at At, x Expr, op string) Expr {
	if p.isAny("any", "some", "all") == "" {
		return nil
	}
	a := &AnyAll{At: at, X: x, Op: op, All: p.advance().val == "all"}
	open := p.at()
	q, list := p.parens()
	if q != nil {
		a.Query = q
		return a
	}
	if len(list) != 1 {
		p.refuse(open, "Write = any (array[…]).", "ANY and ALL take one array or query")
	}
	a.Array = list[0]
	return a
}

// notRange reports whether NOT begins not in, not like, not between …
func (p *parser) notRange() bool {
	switch t := p.peek(1); {
	case t.kind != tIdent:
		return false
	case t.val == "between", t.val == "in", t.val == "like", t.val == "ilike", t.val == "similar":
		return true
	}
	return false
}

// wordInfix reads an operator made of words and its right side, nil for none.
func (p *parser) wordInfix(x Expr, level int, restricted bool) Expr {
	at, t := p.at(), p.cur()
	if restricted && !(t.val == "is" && p.isDistinctNext()) {
		return nil
	}
	switch level {
	case precOr, precAnd:
		p.i++
		return &Binary{At: at, Op: t.val, L: x, R: p.exprPrec(level+1, false)}
	case precIs:
		return p.is_(at, x, restricted)
	case precRange:
		if t.val == "not" && !p.notRange() {
			return nil
		}
		return p.rangeOp(at, x)
	case precAt:
		if !p.accept("at", "time", "zone") {
			return nil
		}
		zone := p.exprPrec(precAt+1, false)
		return &Call{At: at, Name: Ident{Name: "timezone"}, Args: []Expr{zone, x}}
	case precCollate:
		p.i++
		return &Collate{At: at, X: x, Name: p.collation()}
	}
	return nil
}

// collation takes a collation's name and drops pg_catalog.
func (p *parser) collation() string {
	return p.name().Name
}

func (p *parser) isDistinctNext() bool {
	return p.is("is", "distinct") || p.is("is", "not", "distinct")
}

func (p *parser) is_(at At, x Expr, restricted bool) Expr {
	switch p.advance().val {
	case "isnull":
		return &Is{At: at, X: x, What: "null"}
	case "notnull":
		return &Is{At: at, X: x, What: "null", Not: true}
	}
	not := p.accept("not")
	if p.accept("distinct") {
		p.expect("from")
		y := &IsDistinct{At: at, L: x, R: p.exprPrec(precIs+1, restricted), Not: not}
		p.once(precIs)
		return y
	}
	return &Is{At: at, X: x, What: p.expectAny("null", "true", "false", "unknown"), Not: not}
}

// rangeOp reads [not] between | in | like | ilike | similar to.
func (p *parser) rangeOp(at At, x Expr) Expr {
	not := p.accept("not")
	word := p.advance().val
	var y Expr
	switch word {
	case "in":
		in := &In{At: at, X: x, Not: not}
		in.Query, in.List = p.parens()
		return in
	case "between":
		b := &Between{At: at, X: x, Not: not, Symmetric: p.accept("symmetric")}
		if !b.Symmetric {
			p.accept("asymmetric")
		}
		b.Lo = p.restricted()
		p.expect("and")
		b.Hi = p.exprPrec(precRange+1, false)
		y = b
	default:
		y = p.like(at, x, word, not)
	}
	if _, quantified := y.(*AnyAll); !quantified {
		p.once(precRange)
	}
	return y
}

func (p *parser) like(at At, x Expr, word string, not bool) Expr {
	op := word
	if not {
		op = "not " + word
	}
	if word == "similar" {
		p.expect("to")
	} else if y := p.anyAll(at, x, op); y != nil {
		return y
	}
	l := &Like{At: at, X: x, Op: word, Not: not, Pattern: p.exprPrec(precRange+1, false)}
	if p.accept("escape") {
		l.Escape = p.exprPrec(precRange+1, false)
	}
	return l
}

// exprs reads a comma list of expressions.
func (p *parser) exprs() []Expr {
	list := []Expr{p.expr()}
	for p.acceptOp(",") {
		list = append(list, p.expr())
	}
	return list
}

// parens reads a query in parentheses, or a list of expressions in parentheses.
func (p *parser) parens() (*Select, []Expr) {
	p.enter()
	p.expectOp("(")
	q, x := p.queryOrExpr()
	var list []Expr
	if q == nil {
		list = append(list, x)
		for p.acceptOp(",") {
			list = append(list, p.expr())
		}
	}
	p.expectOp(")")
	p.leave()
	return q, list
}

// queryOrExpr reads what follows an opening parenthesis. A parenthesis may turn
// out to be a query or an expression only at its end, so the decision is taken
// there, without trying twice.
func (p *parser) queryOrExpr() (*Select, Expr) {
	if p.queryStart() {
		return p.query(), nil
	}
	if !p.isOp("(") || !p.queryInside() {
		return nil, p.expr()
	}
	at := p.at()
	q, list := p.parens()
	if q == nil {
		return nil, p.climb(p.parenthesised(at, list), precOr, false)
	}
	if p.queryGoesOn() {
		return p.queryTail(q), nil
	}
	if p.isOp(")") {
		return q, nil
	}
	var x Expr = &Subquery{At: at, Kind: "scalar", Query: q}
	return nil, p.climb(p.indirection(x), precOr, false)
}

// parenthesised is the value of (a) or (a, b).
func (p *parser) parenthesised(at At, list []Expr) Expr {
	var x Expr
	if len(list) == 1 {
		x = list[0]
	} else {
		x = &Row{At: at, Elems: list}
	}
	return p.indirection(x)
}

// queryInside reports whether the first token behind a run of parentheses begins
// a query.
func (p *parser) queryInside() bool {
	n := 0
	for p.peek(n).isOp("(") {
		n++
	}
	return p.startsQuery(n)
}

func (p *parser) queryStart() bool { return p.startsQuery(0) }

// startsQuery reports whether the token n places ahead begins a query.
func (p *parser) startsQuery(n int) bool {
	t := p.peek(n)
	if t.kind != tIdent {
		return false
	}
	switch t.val {
	case "select", "with", "table":
		return true
	case "values": // may also be a column's name
		return p.peek(n + 1).isOp("(")
	}
	return false
}

// queryGoesOn reports whether a query in parentheses is the left side of a longer
// query.
func (p *parser) queryGoesOn() bool {
	return p.isAny("union", "intersect", "except", "order", "limit", "offset", "fetch", "for") != ""
}
