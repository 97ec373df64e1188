package parse

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql/cursor"
	"github.com/plinth-dev/plinth/internal/pgsql/refuse"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// primary reads an operand (c_expr of Postgres' grammar).
func (p *parser) primary() tree.Expr {
	t, at := p.Cur(), p.At()
	switch t.Kind {
	case tNum:
		p.I++
		return &tree.Num{At: at, Text: t.Val}
	case tStr:
		p.I++
		return &tree.Str{At: at, Val: t.Val}
	case tBits:
		p.I++
		return &tree.Cast{At: at, X: &tree.Str{At: at, Val: t.Val}, To: tree.TypeName{At: at, Name: "varbit"}}
	case tParam:
		return p.indirection(p.param())
	case tQuoted:
		return p.nameExpr()
	case tIdent:
		if t.Class.Kind() <= kwUnreserved && !t.IsWord("double") {
			return p.nameExpr()
		}
		return p.keywordExpr(t.Val)
	}
	if t.IsOp("(") {
		q, list := p.parens()
		if q != nil {
			return p.indirection(&tree.Subquery{At: at, Kind: "scalar", Query: q})
		}
		return p.parenthesised(at, list)
	}
	p.Fail()
	return nil
}

func (p *parser) param() tree.Expr {
	at, t := p.At(), p.Cur()
	n, err := strconv.ParseUint(t.Val, 10, 16)
	if err != nil || n == 0 {
		panic(cursor.Bail{Err: fault.SQL("42P02", "there is no parameter $%s", t.Val).At(int(at.Pos) + 1)})
	}
	p.I++
	return &tree.Param{At: at, N: int(n)}
}

// keywordExpr reads an operand that begins with a keyword that is not simply a name.
func (p *parser) keywordExpr(word string) tree.Expr {
	at := p.At()
	switch word {
	case "true", "false":
		p.I++
		return &tree.BoolLit{At: at, Val: word == "true"}
	case "null":
		p.I++
		return &tree.NullLit{At: at}
	case "case":
		return p.caseExpr()
	case "cast":
		return p.castExpr()
	case "array":
		return p.arrayExpr()
	case "exists":
		if p.Peek(1).IsOp("(") {
			p.I++
			return &tree.Subquery{At: at, Kind: "exists", Query: p.queryInParens()}
		}
	case "row":
		if p.Peek(1).IsOp("(") {
			return p.rowExpr()
		}
	case "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp",
		"current_role", "current_user", "session_user", "user", "current_catalog":
		return p.bareCall()
	case "current_schema":
		if !p.Peek(1).IsOp("(") {
			return p.bareCall()
		}
	case "default":
		panic(cursor.Bail{Err: fault.SQL("42601", "DEFAULT is not allowed in this context").
			WithHint("DEFAULT stands only in VALUES of an INSERT or in SET of an UPDATE.").At(int(at.Pos) + 1)})
	}
	refuse.Operand(&p.Cursor, word)
	if x := p.typedLiteral(); x != nil {
		return x
	}
	if p.Peek(1).IsOp("(") {
		if x := p.specialCall(word); x != nil {
			return x
		}
	}
	return p.nameExpr()
}

// bareCall reads the functions of SQL that are written without parentheses.
func (p *parser) bareCall() tree.Expr {
	c := &tree.Call{At: p.At(), Bare: true}
	c.Name.Name = p.Advance().Val
	if strings.Contains(c.Name.Name, "time") && p.IsOp("(") {
		p.I++
		n := &tree.Num{At: p.At(), Text: p.Cur().Val}
		p.integer()
		c.Args = []tree.Expr{n}
		p.ExpectOp(")")
	}
	return c
}

// typedLiteral reads a keyword type with a literal, as in interval '1 day', or nil.
func (p *parser) typedLiteral() tree.Expr {
	switch n := p.Peek(1); {
	case n.Kind == tStr, n.IsOp("("):
	case n.IsWord("precision"), n.IsWord("varying"), n.IsWord("with"), n.IsWord("without"):
	case n.IsWord("character"), n.IsWord("char"):
	default:
		return nil
	}
	start := p.I
	t := tree.TypeName{At: p.At()}
	if !p.builtinType(&t) || p.Cur().Kind != tStr {
		p.I = start
		return nil
	}
	lit := &tree.Str{At: p.At(), Val: p.Str()}
	if t.Name == "interval" {
		p.intervalUnit(t, lit)
	}
	return &tree.Cast{At: t.At, X: lit, To: t}
}

// intervalUnit reads interval '1' day: a plain number takes the unit; more complex
// fields are refused.
func (p *parser) intervalUnit(t tree.TypeName, lit *tree.Str) {
	unit := p.AcceptAny("year", "month", "day", "hour", "minute", "second")
	if unit == "" {
		return
	}
	if _, err := strconv.Atoi(strings.TrimSpace(lit.Val)); err != nil || p.Is("to") {
		p.Refuse(t.At, "Write interval '1 day'.", "interval with fields (%s) is not supported", strings.ToUpper(unit))
	}
	lit.Val = strings.TrimSpace(lit.Val) + " " + unit
}

// nameExpr reads a column, a function call, or typename 'literal'.
func (p *parser) nameExpr() tree.Expr {
	at, t := p.At(), p.Cur()
	next := p.Peek(1)
	if next.Kind == tStr || next.IsOp("(") {
		name := p.FuncName()
		return p.callOrLiteral(at, tree.Ident{Name: name})
	}
	if !t.IsColID() {
		if t.Kind == tIdent && t.Class.Kind() == kwFunc {
			p.I++ // Postgres, too, takes it for a function's name and fails behind it
		}
		p.Fail()
	}
	p.I++
	if !next.IsOp(".") {
		x := &tree.Column{At: at, Parts: []string{t.Val}}
		if next.IsOp("[") {
			return p.indirection(x)
		}
		return x
	}
	return p.pathExpr(at, t.Val)
}

// pathExpr reads a.b.c and what follows it.
func (p *parser) pathExpr(at tree.At, first string) tree.Expr {
	c := &tree.Column{At: at, Parts: append(make([]string, 0, 2), first)}
	for p.AcceptOp(".") {
		if p.AcceptOp("*") {
			c.Star = true
			return c
		}
		c.Parts = append(c.Parts, p.Label())
	}
	if n := len(c.Parts); p.IsOp("(") || p.Cur().Kind == tStr && n >= 2 {
		if n > 2 {
			p.Refuse(at, "Write schema.function(…).", "cross-database references are not implemented")
		}
		return p.callOrLiteral(at, tree.Ident{Schema: first, Name: c.Parts[1]})
	}
	if len(c.Parts) > 4 {
		panic(cursor.Bail{Err: fault.SQL("42601", "improper qualified name (too many dotted names): %s",
			strings.Join(c.Parts, ".")).At(int(at.Pos) + 1)})
	}
	return p.indirection(c)
}

// callOrLiteral reads f(…), type 'literal' and type(mods) 'literal' behind the name.
func (p *parser) callOrLiteral(at tree.At, name tree.Ident) tree.Expr {
	t := tree.TypeName{At: at, Schema: name.Schema, Name: name.Name}
	if t.Schema == "pg_catalog" {
		t.Schema = ""
	}
	if p.Cur().Kind == tStr {
		return &tree.Cast{At: at, X: &tree.Str{At: p.At(), Val: p.Str()}, To: t}
	}
	refuse.SQLJSON(&p.Cursor, at, name)
	c := p.call(at, name)
	if p.Cur().Kind != tStr {
		return c
	}
	for _, a := range c.Args {
		n, ok := a.(*tree.Num)
		if !ok {
			p.Fail()
		}
		m, err := strconv.Atoi(n.Text)
		if err != nil {
			p.Fail()
		}
		t.Mods = append(t.Mods, m)
	}
	return &tree.Cast{At: at, X: &tree.Str{At: p.At(), Val: p.Str()}, To: t}
}

// indirection reads the .field, .* and [subscript] that follow an operand.
func (p *parser) indirection(x tree.Expr) tree.Expr {
	for n := 0; ; n++ {
		at := p.At()
		switch {
		case n > cursor.MaxChain:
			p.TooDeep()
		case p.AcceptOp("."):
			f := &tree.Field{At: at, X: x}
			if f.Star = p.AcceptOp("*"); !f.Star {
				f.Name = p.Label()
			}
			x = f
		case p.AcceptOp("["):
			x = p.subscript(at, x)
		default:
			return x
		}
	}
}

func (p *parser) subscript(at tree.At, x tree.Expr) tree.Expr {
	ix := &tree.Index{At: at, X: x}
	var lo tree.Expr
	if !p.IsOp(":") {
		lo = p.expr()
	}
	if p.AcceptOp(":") {
		ix.Slice, ix.Lo = true, lo
		if !p.IsOp("]") {
			ix.Hi = p.expr()
		}
	} else {
		ix.I = lo
	}
	p.ExpectOp("]")
	return ix
}

func (p *parser) caseExpr() tree.Expr {
	c := &tree.Case{At: p.At()}
	p.I++
	if !p.Is("when") {
		c.Arg = p.expr()
	}
	p.Expect("when")
	for ok := true; ok; ok = p.Accept("when") {
		w := tree.When{Cond: p.expr()}
		p.Expect("then")
		w.Then = p.expr()
		c.Whens = append(c.Whens, w)
	}
	if p.Accept("else") {
		c.Else = p.expr()
	}
	p.Expect("end")
	return c
}

func (p *parser) castExpr() tree.Expr {
	at := p.At()
	p.I++
	p.ExpectOp("(")
	x := p.expr()
	p.Expect("as")
	to := p.typeName()
	p.ExpectOp(")")
	return &tree.Cast{At: at, X: x, To: to}
}

func (p *parser) arrayExpr() tree.Expr {
	at := p.At()
	p.I++
	if p.IsOp("(") {
		return &tree.Subquery{At: at, Kind: "array", Query: p.queryInParens()}
	}
	return p.arrayElems(at)
}

// arrayElems reads […], whose elements may be […] again.
func (p *parser) arrayElems(at tree.At) tree.Expr {
	p.Enter()
	p.ExpectOp("[")
	a := &tree.ArrayLit{At: at}
	for !p.IsOp("]") {
		if len(a.Elems) > 0 {
			p.ExpectOp(",")
		}
		if p.IsOp("[") {
			a.Elems = append(a.Elems, p.arrayElems(p.At()))
		} else {
			a.Elems = append(a.Elems, p.expr())
		}
	}
	p.I++
	p.Leave()
	return a
}

func (p *parser) rowExpr() tree.Expr {
	r := &tree.Row{At: p.At()}
	p.I++
	p.ExpectOp("(")
	if !p.IsOp(")") {
		r.Elems = p.exprs()
	}
	p.ExpectOp(")")
	return p.rowIndirection(r)
}

// rowIndirection allows nothing behind ROW(…), as Postgres does.
func (p *parser) rowIndirection(r *tree.Row) tree.Expr {
	if p.IsOp(".") {
		p.FailHint("Write (row(…)).field with a type that has fields.")
	}
	return r
}

// exprOrDefault reads an expression or DEFAULT.
func (p *parser) exprOrDefault() tree.Expr {
	at := p.At()
	if p.Accept("default") {
		return &tree.Default{At: at}
	}
	return p.expr()
}

// queryInParens reads (select …).
func (p *parser) queryInParens() *tree.Select {
	q, _ := p.parens()
	if q == nil {
		p.I--
		p.Fail()
	}
	return q
}
