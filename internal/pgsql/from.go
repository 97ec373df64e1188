package pgsql

// fromList reads the comma list of FROM or USING.
func (p *parser) fromList() []TableExpr {
	list := []TableExpr{p.tableExpr()}
	for p.acceptOp(",") {
		list = append(list, p.tableExpr())
	}
	return list
}

// tableExpr reads an item with the joins behind it.
func (p *parser) tableExpr() TableExpr {
	p.enter()
	defer p.leave()
	return p.joins(p.tableItem())
}

// joins reads the joins that follow an item.
func (p *parser) joins(left TableExpr) TableExpr {
	for n := 0; ; n++ {
		j := &Join{At: p.at(), L: left}
		if !p.joinKind(j) {
			return left
		}
		if n > maxChain {
			p.tooDeep()
		}
		if j.Kind == "cross" || j.Natural {
			j.R = p.tableItem()
		} else {
			p.joinRight(j)
		}
		left = j
	}
}

// joinRight reads the right side and its condition; without a condition of its own
// a further join binds to the right first: a join b join c on … on ….
func (p *parser) joinRight(j *Join) {
	p.enter()
	defer p.leave()
	j.R = p.tableItem()
	for p.isAny("on", "using") == "" {
		inner := &Join{At: p.at(), L: j.R}
		if !p.joinKind(inner) {
			p.failHint("A join needs ON or USING; without a condition write CROSS JOIN.")
		}
		if inner.Kind == "cross" || inner.Natural {
			inner.R = p.tableItem()
		} else {
			p.joinRight(inner)
		}
		j.R = inner
	}
	if p.accept("on") {
		j.On = p.expr()
		return
	}
	p.expect("using")
	j.Using = p.columns()
	if p.is("as") {
		p.refuse(p.at(), "", "an alias of JOIN … USING is not supported")
	}
}

// joinKind reads the words of a join up to JOIN.
func (p *parser) joinKind(j *Join) bool {
	switch {
	case p.accept("cross", "join"):
		j.Kind = "cross"
		return true
	case p.is("natural"):
		p.i++
		j.Natural = true
	}
	j.Kind = "inner"
	switch w := p.isAny("join", "inner", "left", "right", "full"); w {
	case "":
		if j.Natural {
			p.fail()
		}
		return false
	case "join":
	case "inner":
		p.i++
	default:
		p.i++
		p.accept("outer")
		j.Kind = w
	}
	p.expect("join")
	return true
}

// tableItem reads one item of FROM without joins.
func (p *parser) tableItem() TableExpr {
	at := p.at()
	lateral := p.accept("lateral")
	switch {
	case p.isOp("("):
		item := p.parenItem()
		q, ok := item.(*QueryRef)
		if ok && q.Alias == "" && q.Cols == nil {
			q.At, q.Lateral = at, lateral
			q.Alias, q.Cols = p.alias()
			return q
		}
		if lateral {
			p.fail()
		}
		if p.is("as") || p.cur().isColID() {
			p.refuse(p.at(), "Give the tables inside aliases.", "an alias of a join in parentheses is not supported")
		}
		return item
	case p.is("only") || !p.funcAhead() && !lateral:
		return p.aliased(p.relation())
	}
	return p.funcRef(at, lateral)
}

// parenItem reads a query or a join in parentheses. A query comes back as a
// QueryRef without an alias.
func (p *parser) parenItem() TableExpr {
	p.enter()
	defer p.leave()
	at := p.at()
	p.expectOp("(")
	if p.queryStart() {
		q := &QueryRef{At: at, Query: p.query()}
		p.expectOp(")")
		return q
	}
	var item TableExpr
	if p.isOp("(") {
		item = p.parenItem()
		q, ok := item.(*QueryRef)
		if ok && q.Alias == "" && q.Cols == nil {
			if p.queryGoesOn() {
				q.Query = p.queryTail(q.Query)
			}
			if p.acceptOp(")") {
				return q
			}
			q.Alias, q.Cols = p.alias()
		}
	} else {
		item = p.tableItem()
	}
	item = p.joins(item)
	if _, ok := item.(*Join); !ok {
		p.failHint("Parentheses in FROM hold a join or a query.")
	}
	p.expectOp(")")
	return item
}

// funcAhead reports whether a function call follows: name( or schema.name(.
func (p *parser) funcAhead() bool {
	n := 1
	for p.peek(n).isOp(".") {
		n += 2
	}
	t := p.cur()
	return p.peek(n).isOp("(") || t.kind == tIdent && t.class.kind() == kwReserved
}

// relation reads [only] name [*].
func (p *parser) relation() *TableRef {
	t := &TableRef{At: p.at()}
	if t.Only = p.accept("only"); t.Only && p.acceptOp("(") {
		t.Name = p.name()
		p.expectOp(")")
		return t
	}
	t.Name = p.name()
	p.acceptOp("*")
	return t
}

func (p *parser) aliased(t *TableRef) TableExpr {
	t.Alias, t.Cols = p.alias()
	if p.is("tablesample") {
		p.refuse(p.at(), "Use ORDER BY random() LIMIT n.", "TABLESAMPLE is not supported")
	}
	return t
}

// alias reads [as] name [(cols)].
func (p *parser) alias() (string, []string) {
	if !p.accept("as") && !p.cur().isColID() {
		return "", nil
	}
	name := p.colID()
	if p.isOp("(") {
		return name, p.columns()
	}
	return name, nil
}

// funcRef reads a function in FROM with its alias or column definitions.
func (p *parser) funcRef(at At, lateral bool) TableExpr {
	if p.is("rows", "from") {
		p.refuse(at, "Join the functions WITH ORDINALITY.", "ROWS FROM is not supported")
	}
	x := p.primary()
	c, ok := x.(*Call)
	if !ok {
		p.fail()
	}
	f := &FuncRef{At: at, Call: c, Lateral: lateral}
	f.Ordinality = p.accept("with", "ordinality")
	if !p.accept("as") && !p.cur().isColID() {
		return f
	}
	if !p.isOp("(") {
		f.Alias = p.colID()
	}
	if p.isOp("(") {
		p.funcCols(f)
	}
	return f
}

// funcCols reads (a, b) or (a int, b text) behind a function's alias.
func (p *parser) funcCols(f *FuncRef) {
	if next := p.peek(2); f.Alias != "" && (next.isOp(",") || next.isOp(")")) {
		f.Cols = p.columns()
		return
	}
	f.ColDefs = p.colDefs()
}

// colDefs reads (name type, …).
func (p *parser) colDefs() []ColDef {
	p.expectOp("(")
	var list []ColDef
	for ok := true; ok; ok = p.acceptOp(",") {
		d := ColDef{Name: p.colID()}
		d.Type = p.typeName()
		if p.accept("collate") {
			p.name()
		}
		list = append(list, d)
	}
	p.expectOp(")")
	return list
}
