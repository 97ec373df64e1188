package parse

import (
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// createTableKind reads CREATE [temp | unlogged …] TABLE or SEQUENCE, or nothing.
func (p *parser) createTableKind(start int, at tree.At) tree.Stmt {
	s := &tree.CreateTable{At: at}
	p.AcceptAny("local", "global")
	s.Temp = p.AcceptAny("temp", "temporary") != ""
	s.Unlogged = p.Accept("unlogged")
	if p.Is("sequence") {
		return p.createSequence(at)
	}
	if !p.Accept("table") {
		return nil
	}
	s.IfNotExists = p.ifNotExists()
	s.Name = p.Name()
	switch {
	case p.Is("of"):
		return p.other(start, "create table of type")
	case p.Accept("partition", "of"):
		s.PartitionOf = p.Name()
		p.skip()
	case p.Is("as"), p.IsOp("(") && p.columnListOnly():
		p.tableAs(s)
	default:
		p.tableBody(s)
	}
	return s
}

// columnListOnly reports whether (a, b) is followed by AS: no types are written.
func (p *parser) columnListOnly() bool {
	t := p.Peek(2)
	return p.Peek(1).IsColID() && (t.IsOp(",") || t.IsOp(")"))
}

func (p *parser) tableAs(s *tree.CreateTable) {
	if p.IsOp("(") {
		for _, name := range p.Columns() {
			s.Columns = append(s.Columns, tree.ColumnDef{Name: name})
		}
	}
	p.tableOptions(s)
	p.Expect("as")
	if p.Is("execute") {
		p.Refuse(p.At(), "Write the query itself.", "CREATE TABLE … AS EXECUTE is not supported")
	}
	s.As = p.query()
	s.NoData = p.Accept("with", "no", "data")
	p.Accept("with", "data")
}

func (p *parser) tableBody(s *tree.CreateTable) {
	p.ExpectOp("(")
	if !p.IsOp(")") {
		p.tableElement(s)
		for p.AcceptOp(",") {
			p.tableElement(s)
		}
	}
	p.ExpectOp(")")
	if p.Accept("inherits") {
		p.ExpectOp("(")
		s.Inherits = p.Names()
		p.ExpectOp(")")
	}
	if p.Accept("partition", "by") {
		from := p.Cur().Pos
		p.ExpectAny("range", "list", "hash")
		p.skipParens()
		s.PartitionBy = p.Src[from:p.Toks[p.I-1].End]
	}
	p.tableOptions(s)
}

// tableOptions reads storage options, which have no place in the tree.
func (p *parser) tableOptions(s *tree.CreateTable) {
	for {
		switch {
		case p.Accept("using"):
			p.ColID()
		case p.Accept("without", "oids"):
		case p.Is("with") && p.Peek(1).IsOp("("):
			p.I++
			p.skipParens()
		case p.Is("on", "commit"):
			p.Refuse(p.At(), "Create an ordinary table, and truncate it where it shall be empty.", "ON COMMIT is not supported")
		case p.Accept("tablespace"):
			p.ColID()
		default:
			return
		}
	}
}

func (p *parser) tableElement(s *tree.CreateTable) {
	if p.Accept("like") {
		s.Like = append(s.Like, p.likeClause(len(s.Columns)))
		return
	}
	if p.constraintStart() {
		s.Constraints = append(s.Constraints, p.tableConstraint())
		return
	}
	s.Columns = append(s.Columns, p.columnDef())
}

func (p *parser) likeClause(after int) tree.LikeClause {
	l := tree.LikeClause{Table: p.Name(), After: after}
	for {
		word := p.AcceptAny("including", "excluding")
		if word == "" {
			return l
		}
		l.Options = append(l.Options, tree.LikeOption{Excluding: word == "excluding", What: p.likeOption()})
	}
}

func (p *parser) likeOption() string {
	return p.ExpectAny("all", "comments", "compression", "constraints", "defaults", "generated", "identity",
		"indexes", "statistics", "storage")
}

func (p *parser) constraintStart() bool {
	switch p.IsAny("constraint", "check", "unique", "primary", "foreign", "exclude") {
	case "":
		return false
	case "exclude":
		return p.Peek(1).IsWord("using") || p.Peek(1).IsOp("(")
	}
	return true
}

// columnDef reads a column with its constraints.
func (p *parser) columnDef() tree.ColumnDef {
	c := tree.ColumnDef{At: p.At(), Name: p.ColID()}
	if p.IsOp(",") || p.IsOp(")") || p.Cur().Kind == tEOF {
		p.FailHint("Column \"" + c.Name + "\" needs a type.")
	}
	c.Type = p.typeName()
	if c.Type.Schema == "" && c.Type.Mods == nil && c.Type.Array == 0 {
		serial(&c)
	}
	for p.columnPart(&c) {
	}
	return c
}

// serial replaces a serial type by its integer type.
func serial(c *tree.ColumnDef) {
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
func (p *parser) columnPart(c *tree.ColumnDef) bool {
	at, name := p.At(), ""
	if p.Accept("constraint") {
		name = p.ColID()
	}
	switch {
	case p.Accept("not", "null"):
		c.NotNull = true
	case p.Accept("null"):
		c.Null = true
	case p.Accept("default"):
		if c.Default != nil {
			p.FailHint("Column \"" + c.Name + "\" has two defaults.")
		}
		c.Default = p.restricted()
	case p.Accept("collate"):
		c.Collation = p.collation()
	case p.Accept("generated"):
		p.generated(c)
	case p.IsAny("primary", "unique", "check", "references") != "":
		k := p.constraintBody(true)
		k.At, k.Name = at, name
		c.Constraints = append(c.Constraints, k)
	case p.IsAny("storage", "compression") != "" && name == "":
		p.I++
		p.Label()
	default:
		if name != "" {
			p.Fail()
		}
		return false
	}
	return true
}

func (p *parser) generated(c *tree.ColumnDef) {
	kind := "always"
	if !p.Accept("always") {
		p.Expect("by")
		p.Expect("default")
		kind = "by default"
	}
	p.Expect("as")
	if p.Accept("identity") {
		c.Identity = kind
		if p.AcceptOp("(") {
			c.IdentityOpt = p.seqOptions()
			p.ExpectOp(")")
		}
		return
	}
	if kind != "always" {
		p.Fail()
	}
	p.ExpectOp("(")
	c.Generated = p.expr()
	p.ExpectOp(")")
	if p.Is("virtual") {
		p.Refuse(p.At(), "Write STORED.", "virtual generated columns are not supported")
	}
	p.Expect("stored")
}
