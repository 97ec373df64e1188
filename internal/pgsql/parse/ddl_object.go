package parse

import (
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

func (p *parser) createIndex(at tree.At) tree.Stmt {
	s := &tree.CreateIndex{At: at, Unique: p.Accept("unique")}
	p.Expect("index")
	s.Concurrently = p.Accept("concurrently")
	s.IfNotExists = p.ifNotExists()
	if !p.Is("on") {
		s.Name = p.ColID()
	}
	p.Expect("on")
	p.Accept("only")
	s.Table = p.Name()
	if p.Accept("using") {
		s.Method = p.ColID()
	}
	p.ExpectOp("(")
	for ok := true; ok; ok = p.AcceptOp(",") {
		item := tree.IndexItem{X: p.indexExpr()}
		p.indexOptions(&item)
		s.Items = append(s.Items, item)
	}
	p.ExpectOp(")")
	if p.Accept("include") {
		s.Include = p.Columns()
	}
	if p.Accept("nulls", "not", "distinct") {
		s.NullsNotDistinct = true
	}
	p.Accept("nulls", "distinct")
	if p.Accept("with") {
		p.skipParens()
	}
	if p.Accept("tablespace") {
		p.ColID()
	}
	if p.Accept("where") {
		s.Where = p.expr()
	}
	return s
}

func (p *parser) createView(at tree.At, replace bool) tree.Stmt {
	s := &tree.CreateView{At: at, Replace: replace}
	s.Temp = p.AcceptAny("temp", "temporary") != ""
	recursive := p.Accept("recursive")
	p.Accept("unlogged")
	s.Materialized = p.Accept("materialized")
	p.Expect("view")
	if s.Materialized {
		s.IfNotExists = p.ifNotExists()
	}
	s.Name = p.Name()
	if p.IsOp("(") {
		s.Cols = p.Columns()
	}
	if p.Accept("using") {
		p.ColID()
	}
	if p.Accept("with") {
		s.Options = p.params()
	}
	if p.Accept("tablespace") {
		p.ColID()
	}
	p.Expect("as")
	s.Query = p.query()
	if recursive {
		s.Query = recursiveView(s)
	}
	p.viewEnd(s)
	return s
}

// viewEnd reads WITH CHECK OPTION, or WITH [NO] DATA of a materialized view.
func (p *parser) viewEnd(s *tree.CreateView) {
	if !p.Accept("with") {
		return
	}
	if s.Materialized {
		s.WithNoData = p.Accept("no")
		p.Expect("data")
		return
	}
	s.CheckOption = "cascaded"
	if w := p.AcceptAny("cascaded", "local"); w != "" {
		s.CheckOption = w
	}
	p.Expect("check")
	p.Expect("option")
}

func (p *parser) createType(start int, at tree.At) tree.Stmt {
	p.I++
	s := &tree.CreateType{At: at, Name: p.Name(), Kind: "shell"}
	switch {
	case p.IsOp("("):
		s.Kind = "base"
		p.skipParens()
	case !p.Accept("as"):
	case p.Accept("enum"):
		s.Kind = "enum"
		p.ExpectOp("(")
		for !p.IsOp(")") {
			if s.Labels != nil {
				p.ExpectOp(",")
			}
			s.Labels = append(s.Labels, p.Str())
		}
		p.I++
	case p.Accept("range"):
		s.Kind = "range"
		p.skipParens()
	default:
		s.Kind = "composite"
		if p.IsOp("(") && p.Peek(1).IsOp(")") {
			p.I += 2
			break
		}
		s.Attrs = p.colDefs()
	}
	return s
}

// alterType reads ALTER TYPE and ALTER DOMAIN.
func (p *parser) alterType(start int, at tree.At) tree.Stmt {
	s := &tree.AlterType{At: at, What: p.Advance().Val}
	s.Name = p.Name()
	switch {
	case p.Accept("owner", "to"):
		s.Do, s.NewVal = "owner", p.role()
	case p.Accept("set", "schema"):
		s.Do, s.NewVal = "set schema", p.ColID()
	case p.Accept("rename", "to"):
		s.Do, s.NewVal = "rename", p.ColID()
	case s.What == "domain":
		p.alterDomain(s)
	case p.Accept("add", "value"):
		s.Do, s.IfNotExists = "add value", p.ifNotExists()
		s.Val = p.Str()
		switch p.AcceptAny("before", "after") {
		case "before":
			s.Before = p.Str()
		case "after":
			s.After = p.Str()
		}
	case p.Accept("rename", "value"):
		s.Do, s.Val = "rename value", p.Str()
		p.Expect("to")
		s.NewVal = p.Str()
	case p.Accept("add", "attribute"):
		s.Do, s.Column = "add attribute", &tree.ColDef{Name: p.ColID()}
		s.Column.Type = p.typeName()
		if p.cascade(); p.IsOp(",") {
			return p.other(start, "alter type")
		}
	case p.IsAny("drop", "alter", "rename", "set", "add") != "":
		return p.other(start, "alter type")
	default:
		p.Fail()
	}
	return s
}

func (p *parser) alterDomain(s *tree.AlterType) {
	switch {
	case p.Accept("set", "default"):
		s.Do, s.X = "set default", p.expr()
	case p.Accept("drop", "default"):
		s.Do = "drop default"
	case p.Accept("set", "not", "null"):
		s.Do = "set not null"
	case p.Accept("drop", "not", "null"):
		s.Do = "drop not null"
	case p.Accept("add"):
		c := p.tableConstraint()
		s.Do, s.Constraint = "add constraint", &c
	case p.Accept("drop", "constraint"):
		s.Do, s.IfNotExists = "drop constraint", p.ifExists()
		s.Val = p.ColID()
		p.cascade()
	case p.Accept("validate", "constraint"):
		s.Do, s.Val = "validate constraint", p.ColID()
	case p.Accept("rename", "constraint"):
		s.Do, s.Val = "rename constraint", p.ColID()
		p.Expect("to")
		s.NewVal = p.ColID()
	default:
		p.Fail()
	}
}

func (p *parser) createDomain(at tree.At) tree.Stmt {
	p.I++
	s := &tree.CreateDomain{At: at, Name: p.Name()}
	p.Accept("as")
	s.Type = p.typeName()
	var c tree.ColumnDef
	for p.columnPart(&c) {
	}
	if c.Generated != nil || c.Identity != "" {
		p.Fail()
	}
	s.Collation, s.Default, s.NotNull, s.Constraints = c.Collation, c.Default, c.NotNull, c.Constraints
	for i := range s.Constraints {
		if s.Constraints[i].Kind != "check" {
			p.Refuse(s.Constraints[i].At, "A domain can have CHECK constraints.",
				"%s constraints not possible for domains", s.Constraints[i].Kind)
		}
	}
	return s
}

func (p *parser) createSchema(at tree.At) tree.Stmt {
	p.I++
	s := &tree.CreateSchema{At: at, IfNotExists: p.ifNotExists()}
	if !p.Is("authorization") {
		s.Name = p.ColID()
	}
	if p.Accept("authorization") {
		s.Owner = p.role()
		if s.Name == "" {
			s.Name = s.Owner
		}
	}
	if p.IsAny("create", "grant") != "" {
		p.Refuse(p.At(), "Put a semicolon between the statements.", "CREATE SCHEMA with elements is not supported")
	}
	return s
}

func (p *parser) createExtension(at tree.At) tree.Stmt {
	p.I++
	s := &tree.CreateExtension{At: at, IfNotExists: p.ifNotExists(), Name: p.ColID()}
	p.Accept("with")
	for {
		switch p.AcceptAny("schema", "version", "cascade") {
		case "schema":
			s.Schema = p.ColID()
		case "version":
			if p.Cur().Kind != tStr {
				p.nonReserved()
				continue
			}
			p.I++
		case "cascade":
		default:
			return s
		}
	}
}

func (p *parser) createPublication(at tree.At) tree.Stmt {
	p.I++
	s := &tree.CreatePublication{At: at, Name: p.ColID()}
	switch {
	case p.Accept("for", "all", "tables"):
		s.AllTables = true
	case p.Accept("for", "table"):
		s.Tables = p.publicationTables()
	case p.Is("for"):
		p.Refuse(p.At(), "Name the tables.", "publications of schemas are not supported")
	}
	if p.Accept("with") {
		s.With = p.skipParens()
	}
	return s
}

func (p *parser) publicationTables() []tree.Ident {
	var list []tree.Ident
	for ok := true; ok; ok = p.AcceptOp(",") {
		p.Accept("table")
		if p.Is("tables", "in") {
			p.Refuse(p.At(), "Name the tables.", "publications of schemas are not supported")
		}
		list = append(list, p.relation().Name)
		if p.IsOp("(") || p.Is("where") {
			p.Refuse(p.At(), "Publish the whole table.", "column lists and row filters of publications are not supported")
		}
	}
	return list
}

func (p *parser) alterPublication(start int, at tree.At) tree.Stmt {
	p.I++
	s := &tree.AlterPublication{At: at, Name: p.ColID()}
	switch {
	case p.Accept("owner", "to"):
		s.Do, s.Text = "owner", p.role()
	case p.Accept("rename", "to"):
		s.Do, s.Text = "rename", p.ColID()
	case p.Is("set") && p.Peek(1).IsOp("("):
		p.I++
		s.Do, s.Text = "set", p.skipParens()
	default:
		s.Do = p.ExpectAny("add", "drop", "set")
		if !p.Is("table") && !p.Is("tables") {
			p.Fail()
		}
		s.Tables = p.publicationTables()
	}
	return s
}

// recursiveView is the query of CREATE RECURSIVE VIEW v (…) AS …: with recursive v (…)
// as (…) select … from v.
func recursiveView(s *tree.CreateView) *tree.Select {
	q := &tree.Select{At: s.Query.At, From: []tree.TableExpr{&tree.TableRef{At: s.Query.At, Name: tree.Ident{Name: s.Name.Name}}}}
	q.With = &tree.With{Recursive: true, CTEs: []tree.CTE{{Name: s.Name.Name, Cols: s.Cols, Stmt: s.Query}}}
	for _, c := range s.Cols {
		q.Targets = append(q.Targets, tree.Target{X: &tree.Column{At: s.Query.At, Parts: []string{c}}})
	}
	return q
}
