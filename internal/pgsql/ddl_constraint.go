package pgsql

import "strings"

// tableConstraint reads [constraint name] … of a table or ADD.
func (p *parser) tableConstraint() Constraint {
	at, name := p.at(), ""
	if p.accept("constraint") {
		name = p.colID()
	}
	c := p.constraintBody(false)
	c.At, c.Name = at, name
	return c
}

// constraintBody reads a constraint; inline ones name no columns of their own.
func (p *parser) constraintBody(inline bool) Constraint {
	var c Constraint
	switch {
	case p.accept("primary", "key"):
		c.Kind = "primary key"
		p.keyBody(&c, inline)
	case p.accept("unique"):
		c.Kind = "unique"
		if p.accept("nulls", "not", "distinct") {
			c.NullsNotDistinct = true
		}
		p.accept("nulls", "distinct")
		p.keyBody(&c, inline)
	case p.accept("check"):
		c.Kind = "check"
		p.expectOp("(")
		c.Check = p.expr()
		p.expectOp(")")
	case inline && p.accept("references"):
		c.Kind = "foreign key"
		p.references(&c)
	case !inline && p.accept("foreign", "key"):
		c.Kind = "foreign key"
		c.Cols = p.columns()
		p.expect("references")
		p.references(&c)
	case !inline && p.is("exclude"):
		p.exclude(&c)
	default:
		p.fail()
	}
	p.constraintAttrs(&c)
	return c
}

func (p *parser) keyBody(c *Constraint, inline bool) {
	if !inline {
		if p.accept("using", "index") {
			c.UsingIndex = p.colID()
			return
		}
		c.Cols = p.columns()
		if p.accept("include") {
			p.columns()
		}
	}
	if p.is("with") && p.peek(1).isOp("(") {
		p.i++
		p.skipParens()
	}
	if p.accept("using", "index", "tablespace") {
		p.colID()
	}
}

func (p *parser) references(c *Constraint) {
	c.Ref = p.name()
	if p.isOp("(") {
		c.RefCols = p.columns()
	}
	if p.accept("match") {
		c.Match = p.expectAny("full", "partial", "simple")
	}
	for p.accept("on") {
		if p.expectAny("delete", "update") == "update" {
			c.OnUpdate = p.refAction(nil)
		} else {
			c.OnDelete = p.refAction(c)
		}
	}
}

// refAction reads the action of ON DELETE or ON UPDATE.
func (p *parser) refAction(c *Constraint) string {
	switch {
	case p.accept("no", "action"):
		return "no action"
	case p.accept("restrict"):
		return "restrict"
	case p.accept("cascade"):
		return "cascade"
	}
	p.expect("set")
	action := "set " + p.expectAny("null", "default")
	if c != nil && p.isOp("(") {
		c.SetCols = p.columns()
	}
	return action
}

// exclude keeps the clause as text.
func (p *parser) exclude(c *Constraint) {
	from := p.cur().pos
	c.Kind = "exclude"
	p.i++
	if p.accept("using") {
		p.colID()
	}
	p.skipParens()
	if p.accept("include") {
		p.skipParens()
	}
	if p.accept("where") {
		p.skipParens()
	}
	c.Text = p.src[from:p.toks[p.i-1].end]
}

// constraintAttrs reads deferrability, NOT VALID and NO INHERIT.
func (p *parser) constraintAttrs(c *Constraint) {
	for {
		switch {
		case p.accept("deferrable"):
			c.Deferrable = true
		case p.accept("not", "deferrable"):
		case p.accept("initially", "deferred"):
			c.Deferrable, c.InitiallyDeferred = true, true
		case p.accept("initially", "immediate"):
		case p.accept("not", "valid"):
			c.NotValid = true
		case p.accept("no", "inherit"):
			c.NoInherit = true
		default:
			return
		}
	}
}

// Printing.

func (w *printer) constraint(c *Constraint) {
	if c.Name != "" {
		w.str("constraint ", QuoteIdent(c.Name), " ")
	}
	switch c.Kind {
	case "check":
		w.clause("check (", c.Check)
		w.str(")")
	case "exclude":
		w.str(c.Text)
	case "foreign key":
		if c.Cols != nil {
			w.str("foreign key")
			w.cols(c.Cols)
			w.str(" ")
		}
		w.references(c)
	default:
		w.str(c.Kind)
		w.opt(c.NullsNotDistinct, " nulls not distinct")
		w.cols(c.Cols)
		if c.UsingIndex != "" {
			w.str(" using index ", QuoteIdent(c.UsingIndex))
		}
	}
	w.opt(c.NoInherit, " no inherit")
	w.opt(c.Deferrable, " deferrable")
	w.opt(c.InitiallyDeferred, " initially deferred")
	w.opt(c.NotValid, " not valid")
}

func (w *printer) references(c *Constraint) {
	w.str("references ")
	w.name(c.Ref)
	w.cols(c.RefCols)
	if c.Match != "" {
		w.str(" match ", c.Match)
	}
	if c.OnDelete != "" {
		w.str(" on delete ", c.OnDelete)
		w.cols(c.SetCols)
	}
	if c.OnUpdate != "" {
		w.str(" on update ", c.OnUpdate)
	}
}

func (w *printer) columnDef(c *ColumnDef) {
	w.ident(c.Name)
	if c.Type.Name == "" {
		return
	}
	w.str(" ")
	if c.Serial {
		w.str(strings.NewReplacer("int4", "serial", "int8", "bigserial", "int2", "smallserial").Replace(c.Type.Name))
	} else {
		w.str(c.Type.String())
	}
	if c.Collation != "" {
		w.str(" collate ", QuoteIdent(c.Collation))
	}
	if c.Default != nil {
		w.str(" default ")
		w.restricted(c.Default)
	}
	if c.Generated != nil {
		w.clause(" generated always as (", c.Generated)
		w.str(") stored")
	}
	if c.Identity != "" && !c.Serial {
		w.str(" generated ", c.Identity, " as identity")
		if c.IdentityOpt != nil {
			w.str(" (")
			w.seqOptions(c.IdentityOpt)
			w.str(")")
		}
	}
	w.opt(c.NotNull, " not null")
	w.opt(c.Null, " null")
	for i := range c.Constraints {
		w.str(" ")
		w.constraint(&c.Constraints[i])
	}
}
