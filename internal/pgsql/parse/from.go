package parse

import (
	"github.com/plinth-dev/plinth/internal/pgsql/cursor"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// fromList reads the comma list of FROM or USING.
func (p *parser) fromList() []tree.TableExpr {
	list := []tree.TableExpr{p.tableExpr()}
	for p.AcceptOp(",") {
		list = append(list, p.tableExpr())
	}
	return list
}

// tableExpr reads an item with the joins behind it.
func (p *parser) tableExpr() tree.TableExpr {
	p.Enter()
	defer p.Leave()
	return p.joins(p.tableItem())
}

// joins reads the joins that follow an item.
func (p *parser) joins(left tree.TableExpr) tree.TableExpr {
	for n := 0; ; n++ {
		j := &tree.Join{At: p.At(), L: left}
		if !p.joinKind(j) {
			return left
		}
		if n > cursor.MaxChain {
			p.TooDeep()
		}
		if j.Kind == "cross" || j.Natural {
			j.R = p.tableItem()
		} else {
			p.joinRight(j)
		}
		left = j
	}
}

// joinRight reads the right side and its condition; without a condition of its own
// a further join binds to the right first: a join b join c on … on ….
func (p *parser) joinRight(j *tree.Join) {
	p.Enter()
	defer p.Leave()
	j.R = p.tableItem()
	for p.IsAny("on", "using") == "" {
		inner := &tree.Join{At: p.At(), L: j.R}
		if !p.joinKind(inner) {
			p.FailHint("A join needs ON or USING; without a condition write CROSS JOIN.")
		}
		if inner.Kind == "cross" || inner.Natural {
			inner.R = p.tableItem()
		} else {
			p.joinRight(inner)
		}
		j.R = inner
	}
	if p.Accept("on") {
		j.On = p.expr()
		return
	}
	p.Expect("using")
	j.Using = p.Columns()
	if p.Is("as") {
		p.Refuse(p.At(), "Write the column alone, or with its table's name.", "an alias of JOIN … USING is not supported")
	}
}

// joinKind reads the words of a join up to JOIN.
func (p *parser) joinKind(j *tree.Join) bool {
	switch {
	case p.Accept("cross", "join"):
		j.Kind = "cross"
		return true
	case p.Is("natural"):
		p.I++
		j.Natural = true
	}
	j.Kind = "inner"
	switch w := p.IsAny("join", "inner", "left", "right", "full"); w {
	case "":
		if j.Natural {
			p.Fail()
		}
		return false
	case "join":
	case "inner":
		p.I++
	default:
		p.I++
		p.Accept("outer")
		j.Kind = w
	}
	p.Expect("join")
	return true
}

// tableItem reads one item of FROM without joins.
func (p *parser) tableItem() tree.TableExpr {
	at := p.At()
	lateral := p.Accept("lateral")
	switch {
	case p.IsOp("("):
		item := p.parenItem()
		q, ok := item.(*tree.QueryRef)
		if ok && q.Alias == "" && q.Cols == nil {
			q.At, q.Lateral = at, lateral
			q.Alias, q.Cols = p.alias()
			return q
		}
		if lateral {
			p.Fail()
		}
		return p.namedJoin(item)
	case p.Is("only") || !p.funcAhead() && !lateral && !p.Is("rows", "from"):
		return p.aliased(p.relation())
	}
	return p.funcRef(at, lateral)
}

// parenItem reads a query or a join in parentheses. A query comes back as a
// QueryRef without an alias.
func (p *parser) parenItem() tree.TableExpr {
	p.Enter()
	defer p.Leave()
	at := p.At()
	p.ExpectOp("(")
	if p.queryStart() {
		q := &tree.QueryRef{At: at, Query: p.query()}
		p.ExpectOp(")")
		return q
	}
	var item tree.TableExpr
	if p.IsOp("(") {
		item = p.parenItem()
		q, ok := item.(*tree.QueryRef)
		if ok && q.Alias == "" && q.Cols == nil {
			if p.queryGoesOn() {
				q.Query = p.queryTail(q.Query)
			}
			if p.AcceptOp(")") {
				return q
			}
			q.Alias, q.Cols = p.alias()
		} else if !ok {
			item = p.namedJoin(item)
		}
	} else {
		item = p.tableItem()
	}
	item = p.joins(item)
	if _, ok := item.(*tree.Join); !ok {
		p.FailHint("Parentheses in FROM hold a join or a query.")
	}
	p.ExpectOp(")")
	return item
}

// namedJoin gives a join in parentheses the alias that may follow: it is then a query
// of all its columns.
func (p *parser) namedJoin(item tree.TableExpr) tree.TableExpr {
	at := tree.At{Pos: item.Position()}
	alias, cols := p.alias()
	if alias == "" {
		return item
	}
	all := []tree.Target{{X: &tree.Column{At: at, Star: true}}}
	return &tree.QueryRef{At: at, Joined: true, Alias: alias, Cols: cols, Query: &tree.Select{At: at, Targets: all, From: []tree.TableExpr{item}}}
}

// funcAhead reports whether a function call follows: name( or schema.name(.
func (p *parser) funcAhead() bool {
	n := 1
	for p.Peek(n).IsOp(".") {
		n += 2
	}
	t := p.Cur()
	return p.Peek(n).IsOp("(") || t.Kind == tIdent && t.Class.Kind() == kwReserved
}

// relation reads [only] name [*].
func (p *parser) relation() *tree.TableRef {
	t := &tree.TableRef{At: p.At()}
	if t.Only = p.Accept("only"); t.Only && p.AcceptOp("(") {
		t.Name = p.Name()
		p.ExpectOp(")")
		return t
	}
	if t.Name = p.Name(); !t.Only {
		p.AcceptOp("*")
	}
	return t
}

func (p *parser) aliased(t *tree.TableRef) tree.TableExpr {
	t.Alias, t.Cols = p.alias()
	if p.Is("tablesample") {
		p.Refuse(p.At(), "Use ORDER BY random() LIMIT n.", "TABLESAMPLE is not supported")
	}
	return t
}

// alias reads [as] name [(cols)].
func (p *parser) alias() (string, []string) {
	if !p.Accept("as") && !p.Cur().IsColID() {
		return "", nil
	}
	name := p.ColID()
	if p.IsOp("(") {
		return name, p.Columns()
	}
	return name, nil
}

// funcRef reads a function in FROM with its alias or column definitions.
func (p *parser) funcRef(at tree.At, lateral bool) tree.TableExpr {
	f := &tree.FuncRef{At: at, Lateral: lateral}
	if p.Accept("rows", "from") {
		p.rowsFrom(f)
	} else {
		f.Call = p.callOnly()
	}
	f.Ordinality = p.Accept("with", "ordinality")
	if !p.Accept("as") && !p.Cur().IsColID() {
		return f
	}
	if !p.IsOp("(") {
		f.Alias = p.ColID()
	}
	if p.IsOp("(") {
		p.funcCols(f)
	}
	return f
}

func (p *parser) callOnly() *tree.Call {
	c, ok := p.primary().(*tree.Call)
	if !ok {
		p.Fail()
	}
	return c
}

// rowsFrom reads (f(…) [as (col type, …)], …).
func (p *parser) rowsFrom(f *tree.FuncRef) {
	p.ExpectOp("(")
	for ok := true; ok; ok = p.AcceptOp(",") {
		one := tree.FuncRef{At: p.At()}
		if one.Call = p.callOnly(); p.Accept("as") {
			one.ColDefs = p.colDefs()
		}
		f.Rows = append(f.Rows, one)
	}
	p.ExpectOp(")")
	f.Call = f.Rows[0].Call
}

// funcCols reads (a, b) or (a int, b text) behind a function's alias.
func (p *parser) funcCols(f *tree.FuncRef) {
	if next := p.Peek(2); f.Alias != "" && (next.IsOp(",") || next.IsOp(")")) {
		f.Cols = p.Columns()
		return
	}
	f.ColDefs = p.colDefs()
}

// colDefs reads (name type, …).
func (p *parser) colDefs() []tree.ColDef {
	p.ExpectOp("(")
	var list []tree.ColDef
	for ok := true; ok; ok = p.AcceptOp(",") {
		d := tree.ColDef{Name: p.ColID()}
		d.Type = p.typeName()
		if p.Accept("collate") {
			p.Name()
		}
		list = append(list, d)
	}
	p.ExpectOp(")")
	return list
}
