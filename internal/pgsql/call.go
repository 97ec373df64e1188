package pgsql

// call reads the arguments of a call and the clauses behind them.
func (p *parser) call(at At, name Ident) *Call {
	c := &Call{At: at, Name: name}
	p.expectOp("(")
	switch {
	case p.acceptOp(")"):
	case p.isOp("*") && p.peek(1).isOp(")"):
		p.i += 2
		c.Star = true
	default:
		c.Distinct = p.accept("distinct")
		if !c.Distinct {
			p.accept("all")
		}
		p.args(c)
		if p.is("order", "by") {
			c.OrderBy = p.orderBy()
		}
		p.expectOp(")")
	}
	p.callClauses(c)
	return c
}

func (p *parser) args(c *Call) {
	p.arg(c)
	for p.acceptOp(",") {
		if c.Variadic {
			p.fail()
		}
		p.arg(c)
	}
}

func (p *parser) arg(c *Call) {
	c.Variadic = p.accept("variadic")
	name := ""
	if next := p.peek(1); next.isOp("=>") || next.isOp(":=") {
		name = p.funcName()
		p.i++
	}
	if name != "" && c.ArgNames == nil {
		c.ArgNames = make([]string, len(c.Args))
	}
	c.Args = append(c.Args, p.expr())
	if c.ArgNames != nil {
		c.ArgNames = append(c.ArgNames, name)
	}
}

// callClauses reads WITHIN GROUP, FILTER and OVER.
func (p *parser) callClauses(c *Call) {
	if p.cur().kind != tIdent {
		return
	}
	if p.is("within", "group") {
		p.i += 2
		p.expectOp("(")
		c.Within = p.orderBy()
		p.expectOp(")")
	}
	if p.is("filter") && p.peek(1).isOp("(") {
		p.i++
		p.expectOp("(")
		p.expect("where")
		c.Filter = p.expr()
		p.expectOp(")")
	}
	if p.accept("over") {
		if p.isOp("(") {
			w := p.window()
			c.Over = &w
		} else {
			c.Over = &Window{Name: p.colID()}
		}
	}
}

// specialCall reads the functions with a syntax of their own and lowers them to
// plain calls; nil if the word is not one of them.
func (p *parser) specialCall(word string) Expr {
	c := &Call{At: p.at(), Name: Ident{Name: word}}
	parse := p.specialArgs(word)
	if parse == nil {
		return nil
	}
	p.i++
	p.expectOp("(")
	p.enter()
	parse(c)
	p.leave()
	p.expectOp(")")
	return c
}

// specialArgs returns the reader of the arguments between the parentheses.
func (p *parser) specialArgs(word string) func(*Call) {
	switch word {
	case "coalesce", "greatest", "least", "grouping":
		return func(c *Call) { c.Args = p.exprs() }
	case "nullif":
		return func(c *Call) {
			c.Args = []Expr{p.expr()}
			p.expectOp(",")
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
	case "treat", "xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlparse", "xmlpi",
		"xmlroot", "xmlserialize", "xmltable", "xmlnamespaces", "xmlattributes":
		return func(c *Call) { p.refuse(c.At, "", "function %s is not supported", word) }
	}
	return nil
}

func (p *parser) extractArgs(c *Call) {
	at, t := p.at(), p.cur()
	if t.kind != tIdent && t.kind != tQuoted && t.kind != tStr {
		p.fail()
	}
	p.i++
	p.expect("from")
	c.Args = []Expr{&Str{At: at, Val: t.val}, p.expr()}
}

func (p *parser) positionArgs(c *Call) {
	needle := p.restricted()
	p.expect("in")
	c.Name.Name = "strpos"
	c.Args = []Expr{p.restricted(), needle}
}

func (p *parser) substringArgs(c *Call) {
	if p.isOp(")") {
		return
	}
	p.arg(c)
	switch {
	case p.accept("from"):
		c.Args = append(c.Args, p.expr())
		if p.accept("for") {
			c.Args = append(c.Args, p.expr())
		}
	case p.accept("for"):
		n := p.expr()
		from := Expr(&Num{At: c.At, Text: "1"})
		if p.accept("from") {
			from = p.expr()
		}
		c.Args = append(c.Args, from, n)
	case p.is("similar"):
		p.refuse(p.at(), "Use substring(x from 'regular expression').", "SUBSTRING … SIMILAR is not supported")
	default:
		p.moreArgs(c)
	}
}

func (p *parser) overlayArgs(c *Call) {
	p.arg(c)
	if !p.accept("placing") {
		p.moreArgs(c)
		return
	}
	c.Args = append(c.Args, p.expr())
	p.expect("from")
	c.Args = append(c.Args, p.expr())
	if p.accept("for") {
		c.Args = append(c.Args, p.expr())
	}
}

func (p *parser) moreArgs(c *Call) {
	for p.acceptOp(",") {
		p.arg(c)
	}
}

func (p *parser) trimArgs(c *Call) {
	c.Name.Name = "btrim"
	switch p.acceptAny("both", "leading", "trailing") {
	case "leading":
		c.Name.Name = "ltrim"
	case "trailing":
		c.Name.Name = "rtrim"
	}
	if p.accept("from") {
		c.Args = p.exprs()
		return
	}
	list := p.exprs()
	if len(list) == 1 && p.accept("from") {
		list = append(p.exprs(), list...)
	}
	c.Args = list
}

func (p *parser) normalizeArgs(c *Call) {
	c.Args = []Expr{p.expr()}
	if p.acceptOp(",") {
		at := p.at()
		c.Args = append(c.Args, &Str{At: at, Val: p.expectAny("nfc", "nfd", "nfkc", "nfkd")})
	}
}

// window reads (name? partition by … order by … frame).
func (p *parser) window() Window {
	var w Window
	p.expectOp("(")
	if p.cur().isColID() && p.isAny("partition", "range", "rows", "groups") == "" {
		w.Name = p.colID()
	}
	if p.accept("partition", "by") {
		w.Partition = p.exprs()
	}
	if p.is("order", "by") {
		w.OrderBy = p.orderBy()
	}
	if mode := p.acceptAny("rows", "range", "groups"); mode != "" {
		w.Frame = mode + " " + p.frame()
	}
	p.expectOp(")")
	return w
}

// frame reads the extent of a window's frame as normalised text.
func (p *parser) frame() string {
	var text string
	if p.accept("between") {
		text = "between " + p.frameBound()
		p.expect("and")
		text += " and " + p.frameBound()
	} else {
		text = p.frameBound()
	}
	if p.accept("exclude") {
		switch {
		case p.accept("current", "row"):
			text += " exclude current row"
		case p.accept("no", "others"):
			text += " exclude no others"
		default:
			text += " exclude " + p.expectAny("group", "ties")
		}
	}
	return text
}

func (p *parser) frameBound() string {
	if p.accept("current", "row") {
		return "current row"
	}
	text := "unbounded"
	if !p.accept("unbounded") {
		text = Print(p.expr())
	}
	return text + " " + p.expectAny("preceding", "following")
}

// orderBy reads ORDER BY with its items.
func (p *parser) orderBy() []Sort {
	p.expect("order", "by")
	list := []Sort{p.sortItem()}
	for p.acceptOp(",") {
		list = append(list, p.sortItem())
	}
	return list
}

func (p *parser) sortItem() Sort {
	s := Sort{X: p.expr()}
	if p.is("using") {
		p.refuse(p.at(), "Write asc or desc.", "ORDER BY … USING is not supported")
	}
	s.Desc, s.Nulls = p.direction()
	return s
}

// direction reads [asc | desc] [nulls first | last].
func (p *parser) direction() (desc bool, nulls string) {
	if w := p.acceptAny("asc", "desc"); w == "desc" {
		desc = true
	}
	if p.is("nulls", "first") || p.is("nulls", "last") {
		p.i++
		nulls = p.advance().val
	}
	return desc, nulls
}
