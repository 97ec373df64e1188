package parse

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql/cursor"
	"github.com/plinth-dev/plinth/internal/pgsql/refuse"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// query reads a whole query: WITH, the body, ORDER BY, LIMIT, locks.
func (p *parser) query() *tree.Select {
	p.Enter()
	defer p.Leave()
	at := p.At()
	with := p.with()
	s := p.setOps(0)
	if with != nil {
		if s.With != nil {
			p.Fail()
		}
		s.With, s.At = with, at
	}
	p.tail(s)
	return s
}

// queryTail goes on behind a query in parentheses that was read already.
func (p *parser) queryTail(left *tree.Select) *tree.Select {
	s := p.moreSetOps(left, 0)
	p.tail(s)
	return s
}

// with reads an optional WITH clause.
func (p *parser) with() *tree.With {
	if !p.Accept("with") {
		return nil
	}
	w := &tree.With{Recursive: p.Accept("recursive")}
	for ok := true; ok; ok = p.AcceptOp(",") {
		c := tree.CTE{Name: p.ColID()}
		if p.IsOp("(") {
			c.Cols = p.Columns()
		}
		p.Expect("as")
		if p.Accept("not", "materialized") {
			c.Materialized = "not materialized"
		} else {
			c.Materialized = p.AcceptAny("materialized")
		}
		p.ExpectOp("(")
		c.Stmt = p.preparable()
		p.ExpectOp(")")
		if w := p.IsAny("search", "cycle"); w != "" {
			p.Refuse(p.At(), "Compute the path in the query itself.", "%s clause is not supported", strings.ToUpper(w))
		}
		w.CTEs = append(w.CTEs, c)
	}
	return w
}

// preparable reads a query, INSERT, UPDATE or DELETE.
func (p *parser) preparable() tree.Stmt {
	p.Enter()
	defer p.Leave()
	if p.Is("with") {
		return p.withStmt()
	}
	switch p.IsAny("insert", "update", "delete") {
	case "insert":
		return p.insert(nil)
	case "update":
		return p.update(nil)
	case "delete":
		return p.delete(nil)
	}
	if p.Is("merge", "into") {
		refuse.Merge(&p.Cursor)
	}
	return p.query()
}

// withStmt reads WITH and decides by what follows it.
func (p *parser) withStmt() tree.Stmt {
	at := p.At()
	with := p.with()
	switch p.IsAny("insert", "update", "delete", "merge") {
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
		refuse.Merge(&p.Cursor)
	}
	s := p.setOps(0)
	if s.With != nil {
		p.Fail()
	}
	s.With, s.At = with, at
	p.tail(s)
	return s
}

// setOps reads operands joined by UNION, EXCEPT (level 0) and INTERSECT (level 1).
func (p *parser) setOps(level int) *tree.Select {
	return p.moreSetOps(p.operand(), level)
}

func (p *parser) moreSetOps(left *tree.Select, level int) *tree.Select {
	for n := 0; ; n++ {
		at, op := p.At(), p.IsAny("union", "except", "intersect")
		if op == "" || level == 1 && op != "intersect" {
			return left
		}
		if n > cursor.MaxChain {
			p.TooDeep()
		}
		p.I++
		s := &tree.Select{At: at, Op: op, All: p.Accept("all"), Left: left}
		if !s.All {
			p.Accept("distinct")
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
func (p *parser) operand() *tree.Select {
	switch p.IsAny("select", "values", "table") {
	case "select":
		return p.core()
	case "values":
		return p.values()
	case "table":
		s := &tree.Select{At: p.At()}
		p.I++
		s.Targets = []tree.Target{{X: &tree.Column{At: s.At, Star: true}}}
		s.From = []tree.TableExpr{p.relation()}
		return s
	}
	if !p.IsOp("(") {
		p.Fail()
	}
	p.Enter()
	defer p.Leave()
	p.I++
	s := p.query()
	p.ExpectOp(")")
	return s
}

func (p *parser) values() *tree.Select {
	s := &tree.Select{At: p.At()}
	p.I++
	for ok := true; ok; ok = p.AcceptOp(",") {
		p.ExpectOp("(")
		row := []tree.Expr{p.exprOrDefault()}
		for p.AcceptOp(",") {
			row = append(row, p.exprOrDefault())
		}
		p.ExpectOp(")")
		s.Values = append(s.Values, row)
	}
	return s
}

// core reads SELECT … up to WINDOW.
func (p *parser) core() *tree.Select {
	s := &tree.Select{At: p.At()}
	p.I++
	if p.Accept("distinct") {
		s.Distinct = true
		if p.Accept("on") {
			s.Distinct = false
			p.ExpectOp("(")
			s.DistinctOn = p.exprs()
			p.ExpectOp(")")
		}
	} else {
		p.Accept("all")
	}
	if !p.selectEnds() {
		s.Targets = p.targets()
	}
	if p.Is("into") {
		p.Refuse(p.At(), "Use CREATE TABLE … AS.", "SELECT … INTO is not supported here")
	}
	if p.Accept("from") {
		s.From = p.fromList()
	}
	if p.Accept("where") {
		s.Where = p.expr()
	}
	p.grouping(s)
	if p.Accept("window") {
		for ok := true; ok; ok = p.AcceptOp(",") {
			name := p.ColID()
			p.Expect("as")
			w := p.window()
			w.Name = name
			s.Windows = append(s.Windows, w)
		}
	}
	return s
}

// selectEnds reports whether the list of targets is empty.
func (p *parser) selectEnds() bool {
	t := p.Cur()
	return t.Kind == tEOF || t.IsOp(";") || t.IsOp(")") || p.IsAny("from", "where", "group", "having",
		"window", "union", "except", "intersect", "order", "limit", "offset", "fetch", "for") != ""
}

func (p *parser) grouping(s *tree.Select) {
	if p.Accept("group", "by") {
		s.GroupDistinct = p.AcceptAny("all", "distinct") == "distinct"
		for ok := true; ok; ok = p.AcceptOp(",") {
			s.GroupBy = append(s.GroupBy, p.groupItem())
		}
	}
	if p.Accept("having") {
		s.Having = p.expr()
	}
}

// groupItem reads an expression, (), ROLLUP, CUBE or GROUPING SETS.
func (p *parser) groupItem() tree.Expr {
	p.Enter()
	defer p.Leave()
	at := p.At()
	switch {
	case p.IsOp("(") && p.Peek(1).IsOp(")"):
		p.I += 2
		return &tree.Row{At: at}
	case p.Accept("grouping", "sets"):
		c := &tree.Call{At: at, Name: tree.Ident{Name: "grouping sets"}}
		p.ExpectOp("(")
		for ok := true; ok; ok = p.AcceptOp(",") {
			c.Args = append(c.Args, p.groupItem())
		}
		p.ExpectOp(")")
		return c
	}
	return p.expr()
}

// targets reads a select list or RETURNING list.
func (p *parser) targets() []tree.Target {
	list := []tree.Target{p.target()}
	for p.AcceptOp(",") {
		list = append(list, p.target())
	}
	return list
}

func (p *parser) target() tree.Target {
	if at := p.At(); p.AcceptOp("*") {
		return tree.Target{X: &tree.Column{At: at, Star: true}}
	}
	t := tree.Target{X: p.expr()}
	if p.Accept("as") {
		t.As = p.Label()
	} else if c := p.Cur(); c.Kind == tQuoted || c.Kind == tIdent && c.Class.Bare() {
		t.As = p.Advance().Val
	}
	return t
}

// tail reads ORDER BY, LIMIT, OFFSET, FETCH and FOR in any order, as Postgres does.
func (p *parser) tail(s *tree.Select) {
	if p.Is("order") {
		if s.OrderBy != nil {
			p.FailHint("A query can have one ORDER BY.")
		}
		s.OrderBy = p.orderBy()
	}
	p.limits(s)
	if s.Ties && s.OrderBy == nil {
		panic(cursor.Bail{Err: fault.SQL("42601", "WITH TIES cannot be specified without ORDER BY clause")})
	}
}

// limits reads LIMIT, OFFSET, FETCH and FOR.
func (p *parser) limits(s *tree.Select) {
	for {
		switch p.IsAny("limit", "offset", "fetch", "for") {
		case "limit", "fetch":
			if s.Limit != nil {
				p.FailHint("A query can have one LIMIT.")
			}
			s.Limit, s.Ties = p.limit()
		case "offset":
			if s.Offset != nil {
				p.FailHint("A query can have one OFFSET.")
			}
			p.I++
			s.Offset = p.expr()
			p.AcceptAny("row", "rows")
		case "for":
			if !p.lock(s) {
				return
			}
		default:
			return
		}
	}
}

// limit reads LIMIT n | ALL or FETCH FIRST n ROWS ONLY | WITH TIES.
func (p *parser) limit() (x tree.Expr, ties bool) {
	at := p.At()
	if p.Accept("limit") {
		if p.Accept("all") {
			return nil, false
		}
		x := p.expr()
		if p.IsOp(",") {
			p.FailHint("Write LIMIT n OFFSET m.")
		}
		return x, false
	}
	p.Expect("fetch")
	p.ExpectAny("first", "next")
	x = &tree.Num{At: at, Text: "1"}
	if p.IsAny("row", "rows") == "" {
		x = p.primary()
	}
	p.ExpectAny("row", "rows")
	if p.Accept("with", "ties") {
		return x, true
	}
	p.Expect("only")
	return x, false
}

// lock reads FOR UPDATE and its kin.
func (p *parser) lock(s *tree.Select) bool {
	p.Expect("for")
	var text string
	switch {
	case p.Accept("read", "only"):
		return true
	case p.Accept("no", "key", "update"):
		text = "for no key update"
	case p.Accept("key", "share"):
		text = "for key share"
	default:
		text = "for " + p.ExpectAny("update", "share")
	}
	if p.Accept("of") {
		var of []string
		for ok := true; ok; ok = p.AcceptOp(",") {
			of = append(of, p.Name().String())
		}
		text += " of " + strings.Join(of, ", ")
	}
	if p.Accept("nowait") {
		text += " nowait"
	} else if p.Accept("skip", "locked") {
		text += " skip locked"
	}
	if s.Lock != "" {
		text = s.Lock + " " + text
	}
	s.Lock = text
	return true
}
