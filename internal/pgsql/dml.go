package pgsql

func (p *parser) insert(with *With) *Insert {
	s := &Insert{At: p.at(), With: with}
	p.expect("insert")
	p.expect("into")
	s.Table = p.name()
	if p.accept("as") {
		s.Alias = p.colID()
	}
	if p.isOp("(") && !p.queryInside() {
		s.Cols = p.targetColumns()
	}
	if p.accept("overriding") {
		s.Overriding = p.expectAny("system", "user")
		p.expect("value")
	}
	if !p.accept("default", "values") {
		if !p.queryStart() && !p.isOp("(") {
			p.fail()
		}
		s.Query = p.query()
	}
	if p.accept("on", "conflict") {
		s.Conflict = p.conflict()
	}
	s.Returning = p.returning()
	return s
}

// targetColumns reads (a, b); a subscript or field of a column is refused.
func (p *parser) targetColumns() []string {
	p.expectOp("(")
	var cols []string
	for ok := true; ok; ok = p.acceptOp(",") {
		cols = append(cols, p.targetColumn())
	}
	p.expectOp(")")
	return cols
}

func (p *parser) targetColumn() string {
	at, name := p.at(), p.colID()
	if p.isOp(".") || p.isOp("[") {
		p.refuse(at, "Set the whole column; its name stands without the table.",
			"assigning a part of column \"%s\" is not supported", name)
	}
	return name
}

func (p *parser) conflict() *Conflict {
	c := &Conflict{}
	if p.accept("on", "constraint") {
		c.Constraint = p.colID()
	} else if p.acceptOp("(") {
		for ok := true; ok; ok = p.acceptOp(",") {
			c.Cols = append(c.Cols, p.indexExpr())
			p.indexOptions(&IndexItem{})
		}
		p.expectOp(")")
		if p.accept("where") {
			c.Where = p.expr()
		}
	}
	p.expect("do")
	if p.accept("nothing") {
		c.Nothing = true
		return c
	}
	p.expect("update")
	p.expect("set")
	c.Set = p.assigns()
	if p.accept("where") {
		c.SetWhere = p.expr()
	}
	return c
}

// indexExpr reads a key of an index: a column, a call, or an expression in
// parentheses.
func (p *parser) indexExpr() Expr {
	if p.acceptOp("(") {
		x := p.expr()
		p.expectOp(")")
		return x
	}
	at := p.at()
	x := p.primary()
	switch x := x.(type) {
	case *Column:
		if len(x.Parts) == 1 && !x.Star {
			return x
		}
	case *Call:
		return x
	}
	p.i--
	panic(bail{p.syntaxError("Put the expression into parentheses.").At(int(at.Pos) + 1)})
}

// indexOptions reads collation, operator class, direction and nulls order.
func (p *parser) indexOptions(item *IndexItem) {
	if p.accept("collate") {
		item.Collate = p.collation()
	}
	if p.cur().isColID() && p.isAny("nulls") == "" {
		item.OpClass = printName(p.name())
		if p.isOp("(") {
			p.refuse(p.at(), "", "operator class parameters are not supported")
		}
	}
	item.Desc, item.Nulls = p.direction()
}

func (p *parser) returning() []Target {
	if !p.accept("returning") {
		return nil
	}
	return p.targets()
}

// assigns reads the list of SET.
func (p *parser) assigns() []Assign {
	list := []Assign{p.assign()}
	for p.acceptOp(",") {
		list = append(list, p.assign())
	}
	return list
}

func (p *parser) assign() Assign {
	if p.isOp("(") {
		a := Assign{Cols: p.targetColumns()}
		p.expectOp("=")
		a.X = p.multiSource()
		if r, ok := a.X.(*Row); ok && len(a.Cols) == 1 && len(r.Elems) == 1 {
			a.X = r.Elems[0]
		}
		return a
	}
	a := Assign{Cols: []string{p.targetColumn()}}
	p.expectOp("=")
	a.X = p.exprOrDefault()
	return a
}

// multiSource reads the right side of (a, b) = …: a row, whose items may be
// DEFAULT, or a query.
func (p *parser) multiSource() Expr {
	at := p.at()
	if p.is("row") || p.isOp("(") && !p.queryInside() {
		p.accept("row")
		r := &Row{At: at}
		p.expectOp("(")
		for ok := true; ok; ok = p.acceptOp(",") {
			r.Elems = append(r.Elems, p.exprOrDefault())
		}
		p.expectOp(")")
		return r
	}
	return p.expr()
}

func (p *parser) update(with *With) *Update {
	s := &Update{At: p.at(), With: with}
	p.expect("update")
	s.Table, s.Alias = p.writeTarget("set")
	p.expect("set")
	s.Set = p.assigns()
	if p.accept("from") {
		s.From = p.fromList()
	}
	s.Where = p.whereOfWrite()
	s.Returning = p.returning()
	return s
}

func (p *parser) delete(with *With) *Delete {
	s := &Delete{At: p.at(), With: with}
	p.expect("delete")
	p.expect("from")
	s.Table, s.Alias = p.writeTarget("using")
	if p.accept("using") {
		s.Using = p.fromList()
	}
	s.Where = p.whereOfWrite()
	s.Returning = p.returning()
	return s
}

// writeTarget reads [only] name [as alias]; stop is the keyword that follows and
// is no alias.
func (p *parser) writeTarget(stop string) (Ident, string) {
	t := p.relation()
	if p.accept("as") {
		return t.Name, p.colID()
	}
	if p.cur().isColID() && !p.is(stop) {
		return t.Name, p.colID()
	}
	return t.Name, ""
}

func (p *parser) whereOfWrite() Expr {
	if !p.accept("where") {
		return nil
	}
	if p.is("current", "of") {
		p.refuse(p.at(), "", "WHERE CURRENT OF is not supported")
	}
	return p.expr()
}
