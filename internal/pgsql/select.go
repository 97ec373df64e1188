package pgsql

import "strings"

// query reads a whole query: WITH, the body, ORDER BY, LIMIT, locks.
func (p *parser) query() *Select {
	p.enter()
	defer p.leave()
	at := p.at()
	with := p.with()
	s := p.setOps(0)
	if with != nil {
		if s.With != nil {
			p.fail()
		}
		s.With, s.At = with, at
	}
	p.tail(s)
	return s
}

// queryTail goes on behind a query in parentheses that was read already.
func (p *parser) queryTail(left *Select) *Select {
	s := p.moreSetOps(left, 0)
	p.tail(s)
	return s
}

// with reads an optional WITH clause.
func (p *parser) with() *With {
	if !p.accept("with") {
		return nil
	}
	w := &With{Recursive: p.accept("recursive")}
	for ok := true; ok; ok = p.acceptOp(",") {
		c := CTE{Name: p.colID()}
		if p.isOp("(") {
			c.Cols = p.columns()
		}
		p.expect("as")
		if p.accept("not", "materialized") {
			c.Materialized = "not materialized"
		} else {
			c.Materialized = p.acceptAny("materialized")
		}
		p.expectOp("(")
		c.Stmt = p.preparable()
		p.expectOp(")")
		if w := p.isAny("search", "cycle"); w != "" {
			p.refuse(p.at(), "Compute the path in the query itself.", "%s clause is not supported", strings.ToUpper(w))
		}
		w.CTEs = append(w.CTEs, c)
	}
	return w
}

// preparable reads a query, INSERT, UPDATE or DELETE.
func (p *parser) preparable() Stmt {
	p.enter()
	defer p.leave()
	if p.is("with") {
		return p.withStmt()
	}
	switch p.isAny("insert", "update", "delete") {
	case "insert":
		return p.insert(nil)
	case "update":
		return p.update(nil)
	case "delete":
		return p.delete(nil)
	}
	return p.query()
}

// withStmt reads WITH and decides by what follows it.
func (p *parser) withStmt() Stmt {
	at := p.at()
	with := p.with()
	switch p.isAny("insert", "update", "delete", "merge") {
	case "insert":
		s := p.insert(with)
		s.At = at
		return s
	case "update":
		s := p.update(with)
		s.At = at
		return s
	case "delete":
		s := p.delete(with)
		s.At = at
		return s
	case "merge":
		p.refuse(p.at(), "Use INSERT … ON CONFLICT.", "MERGE is not supported")
	}
	s := p.setOps(0)
	if s.With != nil {
		p.fail()
	}
	s.With, s.At = with, at
	p.tail(s)
	return s
}

// setOps reads operands joined by UNION, EXCEPT (level 0) and INTERSECT (level 1).
func (p *parser) setOps(level int) *Select {
	return p.moreSetOps(p.operand(), level)
}

func (p *parser) moreSetOps(left *Select, level int) *Select {
	for n := 0; ; n++ {
		at, op := p.at(), p.isAny("union", "except", "intersect")
		if op == "" || level == 1 && op != "intersect" {
			return left
		}
		if n > maxChain {
			p.tooDeep()
		}
		p.i++
		s := &Select{At: at, Op: op, All: p.accept("all"), Left: left}
		if !s.All {
			p.accept("distinct")
		}
		if op == "intersect" {
			s.Right = p.operand()
		} else {
			s.Right = p.setOps(1)
		}
		left = s
	}
}

// operand reads one operand of a set operation.
func (p *parser) operand() *Select {
	switch p.isAny("select", "values", "table") {
	case "select":
		return p.core()
	case "values":
		return p.values()
	case "table":
		s := &Select{At: p.at()}
		p.i++
		s.Targets = []Target{{X: &Column{At: s.At, Star: true}}}
		s.From = []TableExpr{p.relation()}
		return s
	}
	if !p.isOp("(") {
		p.fail()
	}
	p.enter()
	defer p.leave()
	p.i++
	s := p.query()
	p.expectOp(")")
	return s
}

func (p *parser) values() *Select {
	s := &Select{At: p.at()}
	p.i++
	for ok := true; ok; ok = p.acceptOp(",") {
		p.expectOp("(")
		row := []Expr{p.exprOrDefault()}
		for p.acceptOp(",") {
			row = append(row, p.exprOrDefault())
		}
		p.expectOp(")")
		s.Values = append(s.Values, row)
	}
	return s
}

// core reads SELECT … up to WINDOW.
func (p *parser) core() *Select {
	s := &Select{At: p.at()}
	p.i++
	if p.accept("distinct") {
		s.Distinct = true
		if p.accept("on") {
			s.Distinct = false
			p.expectOp("(")
			s.DistinctOn = p.exprs()
			p.expectOp(")")
		}
	} else {
		p.accept("all")
	}
	if !p.selectEnds() {
		s.Targets = p.targets()
	}
	if p.is("into") {
		p.refuse(p.at(), "Use CREATE TABLE … AS.", "SELECT … INTO is not supported here")
	}
	if p.accept("from") {
		s.From = p.fromList()
	}
	if p.accept("where") {
		s.Where = p.expr()
	}
	p.grouping(s)
	if p.accept("window") {
		for ok := true; ok; ok = p.acceptOp(",") {
			name := p.colID()
			p.expect("as")
			w := p.window()
			if w.Name != "" {
				p.refuse(s.At, "", "a window that copies another window is not supported")
			}
			w.Name = name
			s.Windows = append(s.Windows, w)
		}
	}
	return s
}

// selectEnds reports whether the list of targets is empty.
func (p *parser) selectEnds() bool {
	t := p.cur()
	return t.kind == tEOF || t.isOp(";") || t.isOp(")") || p.isAny("from", "where", "group", "having",
		"window", "union", "except", "intersect", "order", "limit", "offset", "fetch", "for") != ""
}

func (p *parser) grouping(s *Select) {
	if p.accept("group", "by") {
		if p.acceptAny("all", "distinct") == "distinct" {
			p.refuse(s.At, "", "GROUP BY DISTINCT is not supported")
		}
		for ok := true; ok; ok = p.acceptOp(",") {
			if p.is("grouping", "sets") {
				p.refuse(p.at(), "Use UNION ALL of several queries.", "GROUPING SETS is not supported")
			}
			s.GroupBy = append(s.GroupBy, p.expr())
		}
	}
	if p.accept("having") {
		s.Having = p.expr()
	}
}

// targets reads a select list or RETURNING list.
func (p *parser) targets() []Target {
	list := []Target{p.target()}
	for p.acceptOp(",") {
		list = append(list, p.target())
	}
	return list
}

func (p *parser) target() Target {
	if at := p.at(); p.acceptOp("*") {
		return Target{X: &Column{At: at, Star: true}}
	}
	t := Target{X: p.expr()}
	if p.accept("as") {
		t.As = p.label()
	} else if c := p.cur(); c.kind == tQuoted || c.kind == tIdent && c.class.bare() {
		t.As = p.advance().val
	}
	return t
}

// tail reads ORDER BY, LIMIT, OFFSET, FETCH and FOR in any order, as Postgres does.
func (p *parser) tail(s *Select) {
	if p.is("order") {
		if s.OrderBy != nil {
			p.failHint("A query can have one ORDER BY.")
		}
		s.OrderBy = p.orderBy()
	}
	for {
		switch p.isAny("limit", "offset", "fetch", "for") {
		case "limit", "fetch":
			if s.Limit != nil {
				p.failHint("A query can have one LIMIT.")
			}
			s.Limit = p.limit()
		case "offset":
			if s.Offset != nil {
				p.failHint("A query can have one OFFSET.")
			}
			p.i++
			s.Offset = p.expr()
			p.acceptAny("row", "rows")
		case "for":
			if !p.lock(s) {
				return
			}
		default:
			return
		}
	}
}

// limit reads LIMIT n | ALL or FETCH FIRST n ROWS ONLY.
func (p *parser) limit() Expr {
	at := p.at()
	if p.accept("limit") {
		if p.accept("all") {
			return nil
		}
		x := p.expr()
		if p.isOp(",") {
			p.failHint("Write LIMIT n OFFSET m.")
		}
		return x
	}
	p.expect("fetch")
	p.expectAny("first", "next")
	var x Expr = &Num{At: at, Text: "1"}
	if p.isAny("row", "rows") == "" {
		x = p.primary()
	}
	p.expectAny("row", "rows")
	if p.is("with", "ties") {
		p.refuse(p.at(), "", "WITH TIES is not supported")
	}
	p.expect("only")
	return x
}

// lock reads FOR UPDATE and its kin.
func (p *parser) lock(s *Select) bool {
	p.expect("for")
	var text string
	switch {
	case p.accept("read", "only"):
		return true
	case p.accept("no", "key", "update"):
		text = "for no key update"
	case p.accept("key", "share"):
		text = "for key share"
	default:
		text = "for " + p.expectAny("update", "share")
	}
	if p.accept("of") {
		var of []string
		for ok := true; ok; ok = p.acceptOp(",") {
			of = append(of, printName(p.name()))
		}
		text += " of " + strings.Join(of, ", ")
	}
	if p.accept("nowait") {
		text += " nowait"
	} else if p.accept("skip", "locked") {
		text += " skip locked"
	}
	if s.Lock != "" {
		text = s.Lock + " " + text
	}
	s.Lock = text
	return true
}
