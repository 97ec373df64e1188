package parse

import (
	"github.com/plinth-dev/plinth/internal/pgsql/cursor"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

func (p *parser) insert(with *tree.With) *tree.Insert {
	s := &tree.Insert{At: p.At(), With: with}
	p.Expect("insert")
	p.Expect("into")
	s.Table = p.Name()
	if p.Accept("as") {
		s.Alias = p.ColID()
	}
	if p.IsOp("(") && !p.queryInside() {
		s.Cols = p.targetColumns()
	}
	if p.Accept("overriding") {
		s.Overriding = p.ExpectAny("system", "user")
		p.Expect("value")
	}
	if !p.Accept("default", "values") {
		if !p.queryStart() && !p.IsOp("(") {
			p.Fail()
		}
		s.Query = p.query()
	}
	if p.Accept("on", "conflict") {
		s.Conflict = p.conflict()
	}
	s.Returning = p.returning()
	return s
}

// targetColumns reads (a, b); a subscript or field of a column is refused.
func (p *parser) targetColumns() []string {
	p.ExpectOp("(")
	var cols []string
	for ok := true; ok; ok = p.AcceptOp(",") {
		cols = append(cols, p.targetColumn())
	}
	p.ExpectOp(")")
	return cols
}

func (p *parser) targetColumn() string {
	at, name := p.At(), p.ColID()
	if p.IsOp(".") || p.IsOp("[") {
		p.Refuse(at, "Set the whole column; its name stands without the table.",
			"assigning a part of column \"%s\" is not supported", name)
	}
	return name
}

func (p *parser) conflict() *tree.Conflict {
	c := &tree.Conflict{}
	if p.Accept("on", "constraint") {
		c.Constraint = p.ColID()
	} else if p.AcceptOp("(") {
		for ok := true; ok; ok = p.AcceptOp(",") {
			c.Cols = append(c.Cols, p.indexExpr())
			p.indexOptions(&tree.IndexItem{})
		}
		p.ExpectOp(")")
		if p.Accept("where") {
			c.Where = p.expr()
		}
	}
	p.Expect("do")
	if p.Accept("nothing") {
		c.Nothing = true
		return c
	}
	p.Expect("update")
	p.Expect("set")
	c.Set = p.assigns()
	if p.Accept("where") {
		c.SetWhere = p.expr()
	}
	return c
}

// indexExpr reads a key of an index: a column, a call, or an expression in
// parentheses.
func (p *parser) indexExpr() tree.Expr {
	if p.AcceptOp("(") {
		x := p.expr()
		p.ExpectOp(")")
		return x
	}
	at := p.At()
	x := p.primary()
	switch x := x.(type) {
	case *tree.Column:
		if len(x.Parts) == 1 && !x.Star {
			return x
		}
	case *tree.Call:
		return x
	}
	p.I--
	panic(cursor.Bail{Err: p.SyntaxError("Put the expression into parentheses.").At(int(at.Pos) + 1)})
}

// indexOptions reads collation, operator class, direction and nulls order.
func (p *parser) indexOptions(item *tree.IndexItem) {
	if p.Accept("collate") {
		item.Collate = p.collation()
	}
	if p.Cur().IsColID() && p.IsAny("nulls") == "" {
		item.OpClass = p.Name().String()
		if p.IsOp("(") {
			p.Refuse(p.At(), "Leave the parameters out.", "operator class parameters are not supported")
		}
	}
	item.Desc, item.Nulls = p.direction()
}

func (p *parser) returning() []tree.Target {
	if !p.Accept("returning") {
		return nil
	}
	return p.targets()
}

// assigns reads the list of SET.
func (p *parser) assigns() []tree.Assign {
	list := []tree.Assign{p.assign()}
	for p.AcceptOp(",") {
		list = append(list, p.assign())
	}
	return list
}

func (p *parser) assign() tree.Assign {
	if p.IsOp("(") {
		a := tree.Assign{Cols: p.targetColumns()}
		p.ExpectOp("=")
		a.X = p.multiSource()
		if r, ok := a.X.(*tree.Row); ok && len(a.Cols) == 1 && len(r.Elems) == 1 {
			a.X = r.Elems[0]
		}
		return a
	}
	a := tree.Assign{Cols: []string{p.ColID()}}
	for p.IsOp(".") || p.IsOp("[") {
		a.Parts = append(a.Parts, p.part())
	}
	p.ExpectOp("=")
	a.X = p.exprOrDefault()
	return a
}

// part reads one step into the value of a column.
func (p *parser) part() tree.Part {
	if p.AcceptOp(".") {
		return tree.Part{Field: p.ColID()}
	}
	at := p.At()
	p.ExpectOp("[")
	x := p.expr()
	if p.IsOp(":") {
		p.Refuse(at, "Assign the whole array.", "assigning to an array slice is not supported")
	}
	p.ExpectOp("]")
	return tree.Part{Sub: x}
}

// multiSource reads the right side of (a, b) = …: a row, whose items may be
// DEFAULT, or a query.
func (p *parser) multiSource() tree.Expr {
	at := p.At()
	if p.Is("row") || p.IsOp("(") && !p.queryInside() {
		p.Accept("row")
		r := &tree.Row{At: at}
		p.ExpectOp("(")
		for ok := true; ok; ok = p.AcceptOp(",") {
			r.Elems = append(r.Elems, p.exprOrDefault())
		}
		p.ExpectOp(")")
		return r
	}
	return p.expr()
}

func (p *parser) update(with *tree.With) *tree.Update {
	s := &tree.Update{At: p.At(), With: with}
	p.Expect("update")
	s.Table, s.Alias = p.writeTarget("set")
	p.Expect("set")
	s.Set = p.assigns()
	if p.Accept("from") {
		s.From = p.fromList()
	}
	s.Where = p.whereOfWrite()
	s.Returning = p.returning()
	return s
}

func (p *parser) delete(with *tree.With) *tree.Delete {
	s := &tree.Delete{At: p.At(), With: with}
	p.Expect("delete")
	p.Expect("from")
	s.Table, s.Alias = p.writeTarget("using")
	if p.Accept("using") {
		s.Using = p.fromList()
	}
	s.Where = p.whereOfWrite()
	s.Returning = p.returning()
	return s
}

// writeTarget reads [only] name [as alias]; stop is the keyword that follows and
// is no alias.
func (p *parser) writeTarget(stop string) (tree.Ident, string) {
	t := p.relation()
	if p.Accept("as") {
		return t.Name, p.ColID()
	}
	if p.Cur().IsColID() && !p.Is(stop) {
		return t.Name, p.ColID()
	}
	return t.Name, ""
}

func (p *parser) whereOfWrite() tree.Expr {
	if !p.Accept("where") {
		return nil
	}
	if p.Is("current", "of") {
		p.Refuse(p.At(), "Write the row by its key: where id = ….", "WHERE CURRENT OF is not supported")
	}
	return p.expr()
}
