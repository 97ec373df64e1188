package pgsql

func (p *parser) createIndex(at At) Stmt {
	s := &CreateIndex{At: at, Unique: p.accept("unique")}
	p.expect("index")
	s.Concurrently = p.accept("concurrently")
	s.IfNotExists = p.ifNotExists()
	if !p.is("on") {
		s.Name = p.colID()
	}
	p.expect("on")
	p.accept("only")
	s.Table = p.name()
	if p.accept("using") {
		s.Method = p.colID()
	}
	p.expectOp("(")
	for ok := true; ok; ok = p.acceptOp(",") {
		item := IndexItem{X: p.indexExpr()}
		p.indexOptions(&item)
		s.Items = append(s.Items, item)
	}
	p.expectOp(")")
	if p.accept("include") {
		s.Include = p.columns()
	}
	if p.accept("nulls", "not", "distinct") {
		s.NullsNotDistinct = true
	}
	p.accept("nulls", "distinct")
	if p.accept("with") {
		p.skipParens()
	}
	if p.accept("tablespace") {
		p.colID()
	}
	if p.accept("where") {
		s.Where = p.expr()
	}
	return s
}

func (p *parser) createView(at At, replace bool) Stmt {
	s := &CreateView{At: at, Replace: replace}
	s.Temp = p.acceptAny("temp", "temporary") != ""
	if p.is("recursive") {
		p.refuse(at, "Write WITH RECURSIVE in the query.", "CREATE RECURSIVE VIEW is not supported")
	}
	s.Materialized = p.accept("materialized")
	p.expect("view")
	if s.Materialized {
		s.IfNotExists = p.ifNotExists()
	}
	s.Name = p.name()
	if p.isOp("(") {
		s.Cols = p.columns()
	}
	if p.accept("using") {
		p.colID()
	}
	if p.accept("with") {
		s.Options = p.params()
	}
	p.expect("as")
	s.Query = p.query()
	p.viewEnd(s)
	return s
}

// viewEnd reads WITH CHECK OPTION, or WITH [NO] DATA of a materialized view.
func (p *parser) viewEnd(s *CreateView) {
	if !p.accept("with") {
		return
	}
	if s.Materialized {
		s.WithNoData = p.accept("no")
		p.expect("data")
		return
	}
	s.CheckOption = "cascaded"
	if w := p.acceptAny("cascaded", "local"); w != "" {
		s.CheckOption = w
	}
	p.expect("check")
	p.expect("option")
}

func (p *parser) createType(start int, at At) Stmt {
	p.i++
	s := &CreateType{At: at, Name: p.name(), Kind: "shell"}
	switch {
	case p.isOp("("):
		s.Kind = "base"
		p.skipParens()
	case !p.accept("as"):
	case p.accept("enum"):
		s.Kind = "enum"
		p.expectOp("(")
		for !p.isOp(")") {
			if s.Labels != nil {
				p.expectOp(",")
			}
			s.Labels = append(s.Labels, p.str())
		}
		p.i++
	case p.accept("range"):
		s.Kind = "range"
		p.skipParens()
	default:
		s.Kind = "composite"
		if p.isOp("(") && p.peek(1).isOp(")") {
			p.i += 2
			break
		}
		s.Attrs = p.colDefs()
	}
	return s
}

// alterType reads ALTER TYPE and ALTER DOMAIN.
func (p *parser) alterType(start int, at At) Stmt {
	s := &AlterType{At: at, What: p.advance().val}
	s.Name = p.name()
	switch {
	case p.accept("owner", "to"):
		s.Do, s.NewVal = "owner", p.role()
	case p.accept("set", "schema"):
		s.Do, s.NewVal = "set schema", p.colID()
	case p.accept("rename", "to"):
		s.Do, s.NewVal = "rename", p.colID()
	case s.What == "domain":
		p.alterDomain(s)
	case p.accept("add", "value"):
		s.Do, s.IfNotExists = "add value", p.ifNotExists()
		s.Val = p.str()
		switch p.acceptAny("before", "after") {
		case "before":
			s.Before = p.str()
		case "after":
			s.After = p.str()
		}
	case p.accept("rename", "value"):
		s.Do, s.Val = "rename value", p.str()
		p.expect("to")
		s.NewVal = p.str()
	case p.accept("add", "attribute"):
		s.Do, s.Column = "add attribute", &ColDef{Name: p.colID()}
		s.Column.Type = p.typeName()
		p.cascade()
	case p.isAny("drop", "alter", "rename", "set", "add") != "":
		return p.other(start, "alter type")
	default:
		p.fail()
	}
	return s
}

func (p *parser) alterDomain(s *AlterType) {
	switch {
	case p.accept("set", "default"):
		s.Do, s.X = "set default", p.expr()
	case p.accept("drop", "default"):
		s.Do = "drop default"
	case p.accept("set", "not", "null"):
		s.Do = "set not null"
	case p.accept("drop", "not", "null"):
		s.Do = "drop not null"
	case p.accept("add"):
		c := p.tableConstraint()
		s.Do, s.Constraint = "add constraint", &c
	case p.accept("drop", "constraint"):
		s.Do, s.IfNotExists = "drop constraint", p.ifExists()
		s.Val = p.colID()
		p.cascade()
	case p.accept("validate", "constraint"):
		s.Do, s.Val = "validate constraint", p.colID()
	case p.accept("rename", "constraint"):
		s.Do, s.Val = "rename constraint", p.colID()
		p.expect("to")
		s.NewVal = p.colID()
	default:
		p.fail()
	}
}

func (p *parser) createDomain(at At) Stmt {
	p.i++
	s := &CreateDomain{At: at, Name: p.name()}
	p.accept("as")
	s.Type = p.typeName()
	var c ColumnDef
	for p.columnPart(&c) {
	}
	if c.Generated != nil || c.Identity != "" {
		p.fail()
	}
	s.Collation, s.Default, s.NotNull, s.Constraints = c.Collation, c.Default, c.NotNull, c.Constraints
	for i := range s.Constraints {
		if s.Constraints[i].Kind != "check" {
			p.refuse(s.Constraints[i].At, "A domain can have CHECK constraints.",
				"%s constraints not possible for domains", s.Constraints[i].Kind)
		}
	}
	return s
}

func (p *parser) createSchema(at At) Stmt {
	p.i++
	s := &CreateSchema{At: at, IfNotExists: p.ifNotExists()}
	if !p.is("authorization") {
		s.Name = p.colID()
	}
	if p.accept("authorization") {
		s.Owner = p.role()
		if s.Name == "" {
			s.Name = s.Owner
		}
	}
	if p.isAny("create", "grant") != "" {
		p.refuse(p.at(), "Put a semicolon between the statements.", "CREATE SCHEMA with elements is not supported")
	}
	return s
}

func (p *parser) createExtension(at At) Stmt {
	p.i++
	s := &CreateExtension{At: at, IfNotExists: p.ifNotExists(), Name: p.colID()}
	p.accept("with")
	for {
		switch p.acceptAny("schema", "version", "cascade") {
		case "schema":
			s.Schema = p.colID()
		case "version":
			if p.cur().kind != tStr {
				p.nonReserved()
				continue
			}
			p.i++
		case "cascade":
		default:
			return s
		}
	}
}

func (p *parser) createPublication(at At) Stmt {
	p.i++
	s := &CreatePublication{At: at, Name: p.colID()}
	switch {
	case p.accept("for", "all", "tables"):
		s.AllTables = true
	case p.accept("for", "table"):
		s.Tables = p.publicationTables()
	case p.is("for"):
		p.refuse(p.at(), "Name the tables.", "publications of schemas are not supported")
	}
	if p.accept("with") {
		s.With = p.skipParens()
	}
	return s
}

func (p *parser) publicationTables() []Ident {
	var list []Ident
	for ok := true; ok; ok = p.acceptOp(",") {
		p.accept("table")
		if p.is("tables", "in") {
			p.refuse(p.at(), "Name the tables.", "publications of schemas are not supported")
		}
		list = append(list, p.relation().Name)
		if p.isOp("(") || p.is("where") {
			p.refuse(p.at(), "Publish the whole table.", "column lists and row filters of publications are not supported")
		}
	}
	return list
}

func (p *parser) alterPublication(start int, at At) Stmt {
	p.i++
	s := &AlterPublication{At: at, Name: p.colID()}
	switch {
	case p.accept("owner", "to"):
		s.Do, s.Text = "owner", p.role()
	case p.accept("rename", "to"):
		s.Do, s.Text = "rename", p.colID()
	case p.is("set") && p.peek(1).isOp("("):
		p.i++
		s.Do, s.Text = "set", p.skipParens()
	default:
		s.Do = p.expectAny("add", "drop", "set")
		if !p.is("table") && !p.is("tables") {
			p.fail()
		}
		s.Tables = p.publicationTables()
	}
	return s
}
