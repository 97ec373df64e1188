package plan

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
	"github.com/plinth-dev/plinth/internal/value"
)

// expr writes an expression whose value is the storage form of its type.
func (p *printer) expr(x bind.Expr) string {
	if p.err != nil {
		return "null"
	}
	switch x := x.(type) {
	case *slotExpr:
		return p.param(x.n)
	case *bind.Const:
		return literalSQL(x)
	case *bind.Col:
		return p.col(x)
	case *bind.WholeRow:
		return p.wholeRow(x)
	case *bind.Out:
		return strconv.Itoa(x.Idx + 1)
	case *bind.Logic, *bind.Not, *bind.AnyAll:
		return p.cond(x, false).String()
	case *bind.Sub:
		return p.sub(x, false)
	case *bind.Is:
		return p.is(x)
	case *bind.IsDistinct:
		return p.isDistinct(x)
	case *bind.In:
		return p.in(x)
	case *bind.Case:
		return p.caseOf(x)
	case *bind.Coalesce:
		if len(x.Args) == 1 {
			return p.expr(x.Args[0])
		}
		return "coalesce(" + p.list(x.Args) + ")"
	}
	return p.called(x)
}

// called writes what becomes a call.
func (p *printer) called(x bind.Expr) string {
	switch x := x.(type) {
	case *bind.Call:
		return p.call(x)
	case *bind.UserCall:
		return p.need(fn.User(x.Fn, typesOf(x.Args), x.T)) + "(" + p.list(x.Args) + ")"
	case *bind.Agg:
		return p.agg(x)
	case *bind.Cast:
		return p.cast(x)
	case *bind.Field:
		return p.field(x)
	}
	return p.node(x)
}

// field is a field of a stored record.
func (p *printer) field(x *bind.Field) string {
	if w, ok := x.X.(*bind.WholeRow); ok && p.rels[w.Rel] != nil {
		return p.rels[w.Rel].cols[x.Idx]
	}
	return p.elem("json_extract("+p.expr(x.X)+", '$["+strconv.Itoa(x.Idx)+"]')", x.T)
}

func (p *printer) col(x *bind.Col) string {
	n := p.rels[x.Rel]
	if n == nil || x.Idx >= len(n.cols) {
		return p.fail(errInternal("column of a table that is not in scope"))
	}
	if x.Rel == p.fixing {
		if slot := p.fixed[place{x.Rel, x.Idx}]; slot != nil {
			return p.param(slot.n)
		}
	}
	return n.cols[x.Idx]
}

// wholeRow is a row as a stored record.
func (p *printer) wholeRow(x *bind.WholeRow) string {
	n := p.rels[x.Rel]
	if n == nil {
		return p.fail(errInternal("row of a table that is not in scope"))
	}
	parts := make([]string, len(n.cols))
	for i, c := range n.cols {
		parts[i] = p.storable(c, x.Rel.Cols[i].Type)
	}
	return n.unlessAbsent("json_array(" + join(parts, ", ") + ")")
}

// storable is a value as an element of json_array: blobs are written in hex, floats as
// Postgres writes them.
func (p *printer) storable(sql string, t *value.Type) string {
	switch {
	case value.StoredBlob(t):
		return "iif(" + sql + " is null, null, lower(hex(" + sql + ")))"
	case floating(t):
		return "json(" + p.need(fn.JSON(t.Base())) + "(" + sql + "))"
	}
	return sql
}

// unlessAbsent makes sql NULL for the missing row of an outer join.
func (n *relName) unlessAbsent(sql string) string {
	if !n.nullable || n.present == "" {
		return sql
	}
	return "case when " + n.present + " is not null then " + sql + " end"
}

func (p *printer) is(x *bind.Is) string {
	not := ""
	if x.Not {
		not = " not"
	}
	if w, ok := x.X.(*bind.WholeRow); ok && x.What == "null" {
		return p.rowIsNull(w, x.Not)
	}
	v := p.expr(x.X)
	switch x.What {
	case "true":
		return "(" + v + " is" + not + " true)"
	case "false":
		return "(" + v + " is" + not + " false)"
	}
	return "(" + v + " is" + not + " null)"
}

// rowIsNull: a row is null where all its columns are, not null where none is.
func (p *printer) rowIsNull(x *bind.WholeRow, not bool) string {
	n := p.rels[x.Rel]
	if n == nil {
		return p.fail(errInternal("row of a table that is not in scope"))
	}
	test := " is null"
	if not {
		test = " is not null"
	}
	parts := make([]string, len(n.cols))
	for i, c := range n.cols {
		parts[i] = c + test
	}
	return "(" + join(parts, " and ") + ")"
}

func (p *printer) isDistinct(x *bind.IsDistinct) string {
	l, r := p.expr(x.L), p.expr(x.R)
	t := x.L.Type()
	op := " is not "
	if x.Not {
		op = " is "
	}
	return "(" + p.collated(l, t, r) + op + r + ")"
}

func (p *printer) in(x *bind.In) string {
	not := ""
	if x.Not {
		not = " not"
	}
	v, t := p.expr(x.X), x.X.Type()
	list := p.list(x.List)
	if s, ok := single(x.List); ok && !value.Same(s.t, t) {
		list = "select " + p.elem("value", s.t.Elem) + " from json_each(" + p.param(s.n) + ")"
	}
	return "(" + p.collated(v, t) + not + " in (" + list + "))"
}

func single(list []bind.Expr) (*slotExpr, bool) {
	if len(list) != 1 {
		return nil, false
	}
	s, ok := list[0].(*slotExpr)
	return s, ok
}

func (p *printer) caseOf(x *bind.Case) string {
	out := ""
	for _, w := range x.Whens {
		c := p.cond(w.Cond, true)
		if c.know == no {
			continue
		}
		if c.know == yes && out == "" {
			return p.expr(w.Then)
		}
		out += " when " + c.String() + " then " + p.expr(w.Then)
		if c.know == yes {
			return "(case" + out + " end)"
		}
	}
	if x.Else != nil {
		e := p.expr(x.Else)
		if out == "" {
			return e
		}
		out += " else " + e
	}
	if out == "" {
		return "null"
	}
	return "(case" + out + " end)"
}
