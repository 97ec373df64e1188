package pgsql

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// primary reads an operand (c_expr of Postgres' grammar).
func (p *parser) primary() Expr {
	t, at := p.cur(), p.at()
	switch t.kind {
	case tNum:
		p.i++
		return &Num{At: at, Text: t.val}
	case tStr:
		p.i++
		return &Str{At: at, Val: t.val}
	case tBits:
		p.i++
		return &Cast{At: at, X: &Str{At: at, Val: t.val}, To: TypeName{At: at, Name: "varbit"}}
	case tParam:
		return p.indirection(p.param())
	case tQuoted:
		return p.nameExpr()
	case tIdent:
		if t.class.kind() <= kwUnreserved && !t.isWord("double") {
			return p.nameExpr()
		}
		return p.keywordExpr(t.val)
	}
	if t.isOp("(") {
		q, list := p.parens()
		if q != nil {
			return p.indirection(&Subquery{At: at, Kind: "scalar", Query: q})
		}
		return p.parenthesised(at, list)
	}
	p.fail()
	return nil
}

func (p *parser) param() Expr {
	at, t := p.at(), p.cur()
	n, err := strconv.ParseUint(t.val, 10, 16)
	if err != nil || n == 0 {
		panic(bail{fault.SQL("42P02", "there is no parameter $%s", t.val).At(int(at.Pos) + 1)})
	}
	p.i++
	return &Param{At: at, N: int(n)}
}

// keywordExpr reads an operand that begins with a keyword that is not simply a name.
func (p *parser) keywordExpr(word string) Expr {
	at := p.at()
	switch word {
	case "true", "false":
		p.i++
		return &BoolLit{At: at, Val: word == "true"}
	case "null":
		p.i++
		return &NullLit{At: at}
	case "case":
		return p.caseExpr()
	case "cast":
		return p.castExpr()
	case "array":
		return p.arrayExpr()
	case "exists":
		if p.peek(1).isOp("(") {
			p.i++
			return &Subquery{At: at, Kind: "exists", Query: p.queryInParens()}
		}
	case "row":
		if p.peek(1).isOp("(") {
			return p.rowExpr()
		}
	case "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp",
		"current_role", "current_user", "session_user", "user", "current_catalog":
		return p.bareCall()
	case "current_schema":
		if !p.peek(1).isOp("(") {
			return p.bareCall()
		}
	case "default":
		p.failHint("DEFAULT stands only in VALUES of an INSERT or in SET of an UPDATE.")
	}
	if x := p.typedLiteral(); x != nil {
		return x
	}
	if p.peek(1).isOp("(") {
		if x := p.specialCall(word); x != nil {
			return x
		}
	}
	return p.nameExpr()
}

// bareCall reads the functions of SQL that are written without parentheses.
func (p *parser) bareCall() Expr {
	c := &Call{At: p.at(), Bare: true}
	c.Name.Name = p.advance().val
	if strings.Contains(c.Name.Name, "time") && p.isOp("(") {
		p.i++
		n := &Num{At: p.at(), Text: p.cur().val}
		p.integer()
		c.Args = []Expr{n}
		p.expectOp(")")
	}
	return c
}

// typedLiteral reads a keyword type with a literal, as in interval '1 day', or nil.
func (p *parser) typedLiteral() Expr {
	switch n := p.peek(1); {
	case n.kind == tStr, n.isOp("("):
	case n.isWord("precision"), n.isWord("varying"), n.isWord("with"), n.isWord("without"):
	case n.isWord("character"), n.isWord("char"):
	default:
		return nil
	}
	start := p.i
	t := TypeName{At: p.at()}
	if !p.builtinType(&t) || p.cur().kind != tStr {
		p.i = start
		return nil
	}
	lit := &Str{At: p.at(), Val: p.str()}
	if t.Name == "interval" {
		p.intervalUnit(t, lit)
	}
	return &Cast{At: t.At, X: lit, To: t}
}

// intervalUnit reads interval '1' day: a plain number takes the unit; more complex
// fields are refused.
func (p *parser) intervalUnit(t TypeName, lit *Str) {
	unit := p.acceptAny("year", "month", "day", "hour", "minute", "second")
	if unit == "" {
		return
	}
	if _, err := strconv.Atoi(strings.TrimSpace(lit.Val)); err != nil || p.is("to") {
		p.refuse(t.At, "Write interval '1 day'.", "interval with fields (%s) is not supported", strings.ToUpper(unit))
	}
	lit.Val = strings.TrimSpace(lit.Val) + " " + unit
}

// nameExpr reads a column, a function call, or typename 'literal'.
func (p *parser) nameExpr() Expr {
	at, t := p.at(), p.cur()
	next := p.peek(1)
	if next.kind == tStr || next.isOp("(") {
		name := p.funcName()
		return p.callOrLiteral(at, Ident{Name: name})
	}
	if !t.isColID() {
		if t.kind == tIdent && t.class.kind() == kwFunc {
			p.i++ // Postgres, too, takes it for a function's name and fails behind it
		}
		p.fail()
	}
	p.i++
	if !next.isOp(".") {
		x := &Column{At: at, Parts: []string{t.val}}
		if next.isOp("[") {
			return p.indirection(x)
		}
		return x
	}
	return p.pathExpr(at, t.val)
}

// pathExpr reads a.b.c and what follows it.
func (p *parser) pathExpr(at At, first string) Expr {
	c := &Column{At: at, Parts: append(make([]string, 0, 2), first)}
	for p.acceptOp(".") {
		if p.acceptOp("*") {
			c.Star = true
			return c
		}
		c.Parts = append(c.Parts, p.label())
	}
	if n := len(c.Parts); p.isOp("(") || p.cur().kind == tStr && n >= 2 {
		if n > 2 {
			p.refuse(at, "Write schema.function(…).", "cross-database references are not implemented")
		}
		return p.callOrLiteral(at, Ident{Schema: first, Name: c.Parts[1]})
	}
	if len(c.Parts) > 4 {
		panic(bail{fault.SQL("42601", "improper qualified name (too many dotted names): %s",
			strings.Join(c.Parts, ".")).At(int(at.Pos) + 1)})
	}
	return p.indirection(c)
}

// callOrLiteral reads f(…), type 'literal' and type(mods) 'literal' behind the name.
func (p *parser) callOrLiteral(at At, name Ident) Expr {
	t := TypeName{At: at, Schema: name.Schema, Name: name.Name}
	if t.Schema == "pg_catalog" {
		t.Schema = ""
	}
	if p.cur().kind == tStr {
		return &Cast{At: at, X: &Str{At: p.at(), Val: p.str()}, To: t}
	}
	c := p.call(at, name)
	if p.cur().kind != tStr {
		return c
	}
	for _, a := range c.Args {
		n, ok := a.(*Num)
		if !ok {
			p.fail()
		}
		m, err := strconv.Atoi(n.Text)
		if err != nil {
			p.fail()
		}
		t.Mods = append(t.Mods, m)
	}
	return &Cast{At: at, X: &Str{At: p.at(), Val: p.str()}, To: t}
}

// indirection reads the .field, .* and [subscript] that follow an operand.
func (p *parser) indirection(x Expr) Expr {
	for n := 0; ; n++ {
		at := p.at()
		switch {
		case n > maxChain:
			p.tooDeep()
		case p.acceptOp("."):
			f := &Field{At: at, X: x}
			if f.Star = p.acceptOp("*"); !f.Star {
				f.Name = p.label()
			}
			x = f
		case p.acceptOp("["):
			x = p.subscript(at, x)
		default:
			return x
		}
	}
}

func (p *parser) subscript(at At, x Expr) Expr {
	ix := &Index{At: at, X: x}
	var lo Expr
	if !p.isOp(":") {
		lo = p.expr()
	}
	if p.acceptOp(":") {
		ix.Slice, ix.Lo = true, lo
		if !p.isOp("]") {
			ix.Hi = p.expr()
		}
	} else {
		ix.I = lo
	}
	p.expectOp("]")
	return ix
}

func (p *parser) caseExpr() Expr {
	c := &Case{At: p.at()}
	p.i++
	if !p.is("when") {
		c.Arg = p.expr()
	}
	p.expect("when")
	for ok := true; ok; ok = p.accept("when") {
		w := When{Cond: p.expr()}
		p.expect("then")
		w.Then = p.expr()
		c.Whens = append(c.Whens, w)
	}
	if p.accept("else") {
		c.Else = p.expr()
	}
	p.expect("end")
	return c
}

func (p *parser) castExpr() Expr {
	at := p.at()
	p.i++
	p.expectOp("(")
	x := p.expr()
	p.expect("as")
	to := p.typeName()
	p.expectOp(")")
	return &Cast{At: at, X: x, To: to}
}

func (p *parser) arrayExpr() Expr {
	at := p.at()
	p.i++
	if p.isOp("(") {
		return &Subquery{At: at, Kind: "array", Query: p.queryInParens()}
	}
	return p.arrayElems(at)
}

// arrayElems reads […], whose elements may be […] again.
func (p *parser) arrayElems(at At) Expr {
	p.enter()
	p.expectOp("[")
	a := &ArrayLit{At: at}
	for !p.isOp("]") {
		if len(a.Elems) > 0 {
			p.expectOp(",")
		}
		if p.isOp("[") {
			a.Elems = append(a.Elems, p.arrayElems(p.at()))
		} else {
			a.Elems = append(a.Elems, p.expr())
		}
	}
	p.i++
	p.leave()
	return a
}

func (p *parser) rowExpr() Expr {
	r := &Row{At: p.at()}
	p.i++
	p.expectOp("(")
	if !p.isOp(")") {
		r.Elems = p.exprs()
	}
	p.expectOp(")")
	return p.rowIndirection(r)
}

// rowIndirection allows nothing behind ROW(…), as Postgres does.
func (p *parser) rowIndirection(r *Row) Expr {
	if p.isOp(".") {
		p.failHint("Write (row(…)).field with a type that has fields.")
	}
	return r
}

// exprOrDefault reads an expression or DEFAULT.
func (p *parser) exprOrDefault() Expr {
	at := p.at()
	if p.accept("default") {
		return &Default{At: at}
	}
	return p.expr()
}

// queryInParens reads (select …).
func (p *parser) queryInParens() *Select {
	q, _ := p.parens()
	if q == nil {
		p.i--
		p.fail()
	}
	return q
}
