package parse

import (
	"github.com/plinth-dev/plinth/internal/pgsql/print"
	"github.com/plinth-dev/plinth/internal/pgsql/refuse"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// call reads the arguments of a call and the clauses behind them.
func (p *parser) call(at tree.At, name tree.Ident) *tree.Call {
	c := &tree.Call{At: at, Name: name}
	p.ExpectOp("(")
	switch {
	case p.AcceptOp(")"):
	case p.IsOp("*") && p.Peek(1).IsOp(")"):
		p.I += 2
		c.Star = true
	default:
		c.Distinct = p.Accept("distinct")
		if !c.Distinct {
			p.Accept("all")
		}
		p.args(c)
		if p.Is("order", "by") {
			c.OrderBy = p.orderBy()
		}
		p.ExpectOp(")")
	}
	p.callClauses(c)
	return c
}

func (p *parser) args(c *tree.Call) {
	p.arg(c)
	for p.AcceptOp(",") {
		if c.Variadic {
			p.Fail()
		}
		p.arg(c)
	}
}

func (p *parser) arg(c *tree.Call) {
	c.Variadic = p.Accept("variadic")
	name := ""
	if next := p.Peek(1); next.IsOp("=>") || next.IsOp(":=") {
		name = p.FuncName()
		p.I++
	}
	if name != "" && c.ArgNames == nil {
		c.ArgNames = make([]string, len(c.Args))
	}
	at := p.At()
	c.Args = append(c.Args, p.expr())
	c.ArgNames = refuse.Positional(at, c.ArgNames, name)
}

// callClauses reads WITHIN GROUP, FILTER and OVER.
func (p *parser) callClauses(c *tree.Call) {
	if p.Cur().Kind != tIdent {
		return
	}
	if p.Is("within", "group") {
		p.I += 2
		p.ExpectOp("(")
		c.Within = p.orderBy()
		p.ExpectOp(")")
	}
	if p.Is("filter") && p.Peek(1).IsOp("(") {
		p.I++
		p.ExpectOp("(")
		p.Expect("where")
		c.Filter = p.expr()
		p.ExpectOp(")")
	}
	if p.Accept("over") {
		if p.IsOp("(") {
			w := p.window()
			c.Over = &w
		} else {
			c.Over = &tree.Window{Name: p.ColID()}
		}
	}
}

// specialCall reads the functions with a syntax of their own and lowers them to
// plain calls; nil if the word is not one of them.
func (p *parser) specialCall(word string) tree.Expr {
	c := &tree.Call{At: p.At(), Name: tree.Ident{Name: word}}
	parse := p.specialArgs(word)
	if parse == nil {
		return nil
	}
	p.I++
	p.ExpectOp("(")
	p.Enter()
	parse(c)
	p.Leave()
	p.ExpectOp(")")
	return c
}

// specialArgs returns the reader of the arguments between the parentheses.
func (p *parser) specialArgs(word string) func(*tree.Call) {
	switch word {
	case "coalesce", "greatest", "least", "grouping":
		return func(c *tree.Call) { c.Args = p.exprs() }
	case "nullif":
		return func(c *tree.Call) {
			c.Args = []tree.Expr{p.expr()}
			p.ExpectOp(",")
			c.Args = append(c.Args, p.expr())
		}
	case "extract":
		return p.extractArgs
	case "position":
		return p.positionArgs
	case "substring":
		return p.substringArgs
	case "overlay":
		return p.overlayArgs
	case "trim":
		return p.trimArgs
	case "normalize":
		return p.normalizeArgs
	case "treat":
		return func(c *tree.Call) { p.Refuse(c.At, "Write x::type.", "function treat is not supported") }
	case "xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlparse", "xmlpi",
		"xmlroot", "xmlserialize", "xmltable", "xmlnamespaces", "xmlattributes":
		return func(c *tree.Call) {
			p.Refuse(c.At, "Keep XML as text and read it outside the database.", "function %s is not supported", word)
		}
	}
	return nil
}

func (p *parser) extractArgs(c *tree.Call) {
	at, t := p.At(), p.Cur()
	if t.Kind != tIdent && t.Kind != tQuoted && t.Kind != tStr {
		p.Fail()
	}
	p.I++
	p.Expect("from")
	c.Args = []tree.Expr{&tree.Str{At: at, Val: t.Val}, p.expr()}
}

func (p *parser) positionArgs(c *tree.Call) {
	needle := p.restricted()
	p.Expect("in")
	c.Name.Name = "strpos"
	c.Args = []tree.Expr{p.restricted(), needle}
}

func (p *parser) substringArgs(c *tree.Call) {
	if p.IsOp(")") {
		return
	}
	p.arg(c)
	switch {
	case p.Accept("from"):
		c.Args = append(c.Args, p.expr())
		if p.Accept("for") {
			c.Args = append(c.Args, p.expr())
		}
	case p.Accept("for"):
		n := p.expr()
		if p.Accept("from") {
			c.Args = append(c.Args, p.expr(), n)
			return
		}
		one := &tree.Num{At: c.At, Text: "1"}
		c.Args = append(c.Args, one, &tree.Cast{At: c.At, X: n, To: tree.TypeName{At: c.At, Name: "int4"}})
	case p.Is("similar"):
		p.Refuse(p.At(), "Use substring(x from 'regular expression').", "SUBSTRING … SIMILAR is not supported")
	default:
		p.moreArgs(c)
	}
}

func (p *parser) overlayArgs(c *tree.Call) {
	p.arg(c)
	if !p.Accept("placing") {
		p.moreArgs(c)
		return
	}
	c.Args = append(c.Args, p.expr())
	p.Expect("from")
	c.Args = append(c.Args, p.expr())
	if p.Accept("for") {
		c.Args = append(c.Args, p.expr())
	}
}

func (p *parser) moreArgs(c *tree.Call) {
	for p.AcceptOp(",") {
		p.arg(c)
	}
}

func (p *parser) trimArgs(c *tree.Call) {
	c.Name.Name = "btrim"
	switch p.AcceptAny("both", "leading", "trailing") {
	case "leading":
		c.Name.Name = "ltrim"
	case "trailing":
		c.Name.Name = "rtrim"
	}
	if p.Accept("from") {
		c.Args = p.exprs()
		return
	}
	list := p.exprs()
	if len(list) == 1 && p.Accept("from") {
		list = append(p.exprs(), list...)
	}
	c.Args = list
}

func (p *parser) normalizeArgs(c *tree.Call) {
	c.Args = []tree.Expr{p.expr()}
	if p.AcceptOp(",") {
		at := p.At()
		c.Args = append(c.Args, &tree.Str{At: at, Val: p.ExpectAny("nfc", "nfd", "nfkc", "nfkd")})
	}
}

// window reads (base? partition by … order by … frame).
func (p *parser) window() tree.Window {
	var w tree.Window
	p.ExpectOp("(")
	if p.Cur().IsColID() && p.IsAny("partition", "range", "rows", "groups") == "" {
		w.Base = p.ColID()
	}
	if p.Accept("partition", "by") {
		w.Partition = p.exprs()
	}
	if p.Is("order", "by") {
		w.OrderBy = p.orderBy()
	}
	if mode := p.AcceptAny("rows", "range", "groups"); mode != "" {
		w.Frame = mode + " " + p.frame()
	}
	p.ExpectOp(")")
	return w
}

// frame reads the extent of a window's frame as normalised text.
func (p *parser) frame() string {
	var text string
	if p.Accept("between") {
		text = "between " + p.frameBound()
		p.Expect("and")
		text += " and " + p.frameBound()
	} else {
		text = p.frameBound()
	}
	if p.Accept("exclude") {
		switch {
		case p.Accept("current", "row"):
			text += " exclude current row"
		case p.Accept("no", "others"):
			text += " exclude no others"
		default:
			text += " exclude " + p.ExpectAny("group", "ties")
		}
	}
	return text
}

func (p *parser) frameBound() string {
	if p.Accept("current", "row") {
		return "current row"
	}
	text := "unbounded"
	if !p.Accept("unbounded") {
		text = print.Print(p.expr())
	}
	return text + " " + p.ExpectAny("preceding", "following")
}

// orderBy reads ORDER BY with its items.
func (p *parser) orderBy() []tree.Sort {
	p.Expect("order", "by")
	list := []tree.Sort{p.sortItem()}
	for p.AcceptOp(",") {
		list = append(list, p.sortItem())
	}
	return list
}

func (p *parser) sortItem() tree.Sort {
	s := tree.Sort{X: p.expr()}
	if p.Is("using") {
		p.Refuse(p.At(), "Write asc or desc.", "ORDER BY … USING is not supported")
	}
	s.Desc, s.Nulls = p.direction()
	return s
}

// direction reads [asc | desc] [nulls first | last].
func (p *parser) direction() (desc bool, nulls string) {
	if w := p.AcceptAny("asc", "desc"); w == "desc" {
		desc = true
	}
	if p.Is("nulls", "first") || p.Is("nulls", "last") {
		p.I++
		nulls = p.Advance().Val
	}
	return desc, nulls
}
