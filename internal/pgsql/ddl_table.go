package pgsql

// createTableKind reads CREATE [temp | unlogged …] TABLE or SEQUENCE, or nothing.
func (p *parser) createTableKind(start int, at At) Stmt {
	s := &CreateTable{At: at}
	p.acceptAny("local", "global")
	s.Temp = p.acceptAny("temp", "temporary") != ""
	s.Unlogged = p.accept("unlogged")
	if p.is("sequence") {
		return p.createSequence(at)
	}
	if !p.accept("table") {
		return nil
	}
	s.IfNotExists = p.ifNotExists()
	s.Name = p.name()
	switch {
	case p.is("of"):
		return p.other(start, "create table of type")
	case p.accept("partition", "of"):
		s.PartitionOf = p.name()
		p.skip()
	case p.is("as"), p.isOp("(") && p.columnListOnly():
		p.tableAs(s)
	default:
		p.tableBody(s)
	}
	return s
}

// columnListOnly reports whether (a, b) is followed by AS: no types are written.
func (p *parser) columnListOnly() bool {
	t := p.peek(2)
	return p.peek(1).isColID() && (t.isOp(",") || t.isOp(")"))
}

func (p *parser) tableAs(s *CreateTable) {
	if p.isOp("(") {
		for _, name := range p.columns() {
			s.Columns = append(s.Columns, ColumnDef{Name: name})
		}
	}
	p.tableOptions(s)
	p.expect("as")
	if p.is("execute") {
		p.refuse(p.at(), "", "CREATE TABLE … AS EXECUTE is not supported")
	}
	s.As = p.query()
	if p.accept("with", "no", "data") {
		p.refuse(s.At, "Add LIMIT 0 to the query.", "WITH NO DATA is not supported")
	}
	p.accept("with", "data")
}

func (p *parser) tableBody(s *CreateTable) {
	p.expectOp("(")
	if !p.isOp(")") {
		p.tableElement(s)
		for p.acceptOp(",") {
			p.tableElement(s)
		}
	}
	p.expectOp(")")
	if p.accept("inherits") {
		p.expectOp("(")
		s.Inherits = p.names()
		p.expectOp(")")
	}
	if p.accept("partition", "by") {
		from := p.cur().pos
		p.expectAny("range", "list", "hash")
		p.skipParens()
		s.PartitionBy = p.src[from:p.toks[p.i-1].end]
	}
	p.tableOptions(s)
}

// tableOptions reads storage options, which have no place in the tree.
func (p *parser) tableOptions(s *CreateTable) {
	for {
		switch {
		case p.accept("using"):
			p.colID()
		case p.accept("without", "oids"):
		case p.is("with") && p.peek(1).isOp("("):
			p.i++
			p.skipParens()
		case p.is("on", "commit"):
			p.refuse(s.At, "", "ON COMMIT is not supported")
		case p.accept("tablespace"):
			p.colID()
		default:
			return
		}
	}
}

func (p *parser) tableElement(s *CreateTable) {
	if p.accept("like") {
		s.Like = append(s.Like, p.likeClause())
		return
	}
	if p.constraintStart() {
		s.Constraints = append(s.Constraints, p.tableConstraint())
		return
	}
	s.Columns = append(s.Columns, p.columnDef())
}

func (p *parser) likeClause() LikeClause {
	l := LikeClause{Table: p.name()}
	for {
		switch p.acceptAny("including", "excluding") {
		case "including":
			l.Including = append(l.Including, p.likeOption())
		case "excluding":
			p.likeOption()
		default:
			return l
		}
	}
}

func (p *parser) likeOption() string {
	return p.expectAny("all", "comments", "compression", "constraints", "defaults", "generated", "identity",
		"indexes", "statistics", "storage")
}

func (p *parser) constraintStart() bool {
	switch p.isAny("constraint", "check", "unique", "primary", "foreign", "exclude") {
	case "":
		return false
	case "exclude":
		return p.peek(1).isWord("using") || p.peek(1).isOp("(")
	}
	return true
}

// columnDef reads a column with its constraints.
func (p *parser) columnDef() ColumnDef {
	c := ColumnDef{At: p.at(), Name: p.colID()}
	if p.isOp(",") || p.isOp(")") || p.cur().kind == tEOF {
		p.failHint("Column \"" + c.Name + "\" needs a type.")
	}
	c.Type = p.typeName()
	if c.Type.Schema == "" && c.Type.Mods == nil && c.Type.Array == 0 {
		c.serial()
	}
	for p.columnPart(&c) {
	}
	return c
}

// serial replaces a serial type by its integer type.
func (c *ColumnDef) serial() {
	switch c.Type.Name {
	case "serial", "serial4":
		c.Type.Name = "int4"
	case "bigserial", "serial8":
		c.Type.Name = "int8"
	case "smallserial", "serial2":
		c.Type.Name = "int2"
	default:
		return
	}
	c.Serial, c.Identity = true, "by default"
}

// columnPart reads one constraint or attribute of a column.
func (p *parser) columnPart(c *ColumnDef) bool {
	at, name := p.at(), ""
	if p.accept("constraint") {
		name = p.colID()
	}
	switch {
	case p.accept("not", "null"):
		c.NotNull = true
	case p.accept("null"):
		c.Null = true
	case p.accept("default"):
		if c.Default != nil {
			p.failHint("Column \"" + c.Name + "\" has two defaults.")
		}
		c.Default = p.restricted()
	case p.accept("collate"):
		c.Collation = p.collation()
	case p.accept("generated"):
		p.generated(c)
	case p.isAny("primary", "unique", "check", "references") != "":
		k := p.constraintBody(true)
		k.At, k.Name = at, name
		c.Constraints = append(c.Constraints, k)
	case p.isAny("storage", "compression") != "" && name == "":
		p.i++
		p.label()
	default:
		if name != "" {
			p.fail()
		}
		return false
	}
	return true
}

func (p *parser) generated(c *ColumnDef) {
	kind := "always"
	if !p.accept("always") {
		p.expect("by")
		p.expect("default")
		kind = "by default"
	}
	p.expect("as")
	if p.accept("identity") {
		c.Identity = kind
		if p.acceptOp("(") {
			c.IdentityOpt = p.seqOptions()
			p.expectOp(")")
		}
		return
	}
	if kind != "always" {
		p.fail()
	}
	p.expectOp("(")
	c.Generated = p.expr()
	p.expectOp(")")
	if p.is("virtual") {
		p.refuse(p.at(), "Write STORED.", "virtual generated columns are not supported")
	}
	p.expect("stored")
}
