package parse

import (
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// tableConstraint reads [constraint name] … of a table or ADD.
func (p *parser) tableConstraint() tree.Constraint {
	at, name := p.At(), ""
	if p.Accept("constraint") {
		name = p.ColID()
	}
	c := p.constraintBody(false)
	c.At, c.Name = at, name
	return c
}

// constraintBody reads a constraint; inline ones name no columns of their own.
func (p *parser) constraintBody(inline bool) tree.Constraint {
	var c tree.Constraint
	switch {
	case p.Accept("primary", "key"):
		c.Kind = "primary key"
		p.keyBody(&c, inline)
	case p.Accept("unique"):
		c.Kind = "unique"
		if p.Accept("nulls", "not", "distinct") {
			c.NullsNotDistinct = true
		}
		p.Accept("nulls", "distinct")
		p.keyBody(&c, inline)
	case p.Accept("check"):
		c.Kind = "check"
		p.ExpectOp("(")
		c.Check = p.expr()
		p.ExpectOp(")")
	case inline && p.Accept("references"):
		c.Kind = "foreign key"
		p.references(&c)
	case !inline && p.Accept("foreign", "key"):
		c.Kind = "foreign key"
		c.Cols = p.Columns()
		p.Expect("references")
		p.references(&c)
	case !inline && p.Is("exclude"):
		p.exclude(&c)
	default:
		p.Fail()
	}
	p.constraintAttrs(&c)
	return c
}

func (p *parser) keyBody(c *tree.Constraint, inline bool) {
	if !inline {
		if p.Accept("using", "index") {
			c.UsingIndex = p.ColID()
			return
		}
		c.Cols = p.Columns()
		if p.Accept("include") {
			p.Columns()
		}
	}
	if p.Is("with") && p.Peek(1).IsOp("(") {
		p.I++
		p.skipParens()
	}
	if p.Accept("using", "index", "tablespace") {
		p.ColID()
	}
}

func (p *parser) references(c *tree.Constraint) {
	c.Ref = p.Name()
	if p.IsOp("(") {
		c.RefCols = p.Columns()
	}
	if p.Accept("match") {
		c.Match = p.ExpectAny("full", "partial", "simple")
	}
	for p.Accept("on") {
		if p.ExpectAny("delete", "update") == "update" {
			c.OnUpdate = p.refAction(nil)
		} else {
			c.OnDelete = p.refAction(c)
		}
	}
}

// refAction reads the action of ON DELETE or ON UPDATE.
func (p *parser) refAction(c *tree.Constraint) string {
	switch {
	case p.Accept("no", "action"):
		return "no action"
	case p.Accept("restrict"):
		return "restrict"
	case p.Accept("cascade"):
		return "cascade"
	}
	p.Expect("set")
	action := "set " + p.ExpectAny("null", "default")
	if c != nil && p.IsOp("(") {
		c.SetCols = p.Columns()
	}
	return action
}

// exclude keeps the clause as text.
func (p *parser) exclude(c *tree.Constraint) {
	from := p.Cur().Pos
	c.Kind = "exclude"
	p.I++
	if p.Accept("using") {
		p.ColID()
	}
	p.skipParens()
	if p.Accept("include") {
		p.skipParens()
	}
	if p.Accept("where") {
		p.skipParens()
	}
	c.Text = p.Src[from:p.Toks[p.I-1].End]
}

// constraintAttrs reads deferrability, NOT VALID and NO INHERIT.
func (p *parser) constraintAttrs(c *tree.Constraint) {
	for {
		switch {
		case p.Accept("deferrable"):
			c.Deferrable = true
		case p.Accept("not", "deferrable"):
		case p.Accept("initially", "deferred"):
			c.Deferrable, c.InitiallyDeferred = true, true
		case p.Accept("initially", "immediate"):
		case p.Accept("not", "valid"):
			c.NotValid = true
		case p.Accept("no", "inherit"):
			c.NoInherit = true
		default:
			return
		}
	}
}
