package plan

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/db/sqlite/fn"
	"github.com/plinth-dev/plinth/internal/value"
)

// call writes a builtin function or operator.
func (p *printer) call(x *bind.Call) string {
	if x.Fn.Operator {
		if s, ok := p.operator(x); ok {
			return s
		}
	} else if s, ok := p.plainCall(x); ok {
		return s
	}
	return p.need(fn.Scalar(x.Fn, typesOf(x.Args), x.T)) + "(" + p.list(x.Args) + ")"
}

// operator writes an operator that SQLite has too, with the same meaning.
func (p *printer) operator(x *bind.Call) (string, bool) {
	if len(x.Args) != 2 {
		return "", false
	}
	lt, rt := x.Args[0].Type(), x.Args[1].Type()
	switch x.Fn.Name {
	case "=", "<>", "<", ">", "<=", ">=":
		if !comparable(lt, rt) {
			return "", false
		}
		return p.compare(x.Fn.Name, lt, p.expr(x.Args[0]), p.expr(x.Args[1])), true
	case "||":
		if plainText(lt) && plainText(rt) {
			return "(" + p.expr(x.Args[0]) + " || " + p.expr(x.Args[1]) + ")", true
		}
	case "~~":
		if span, call, ok := p.like(x); ok {
			return "(" + span + " and " + call + ")", true
		}
	}
	return "", false
}

// comparable reports whether two types have one storage form and order.
func comparable(a, b *value.Type) bool {
	a, b = a.Base(), b.Base()
	return value.Same(a, b) || integral(a) && integral(b) || plainText(a) && plainText(b) || floating(a) && floating(b)
}

func floating(t *value.Type) bool {
	k := t.Base().Kind
	return k == value.Float4 || k == value.Float8
}

// plainText reports whether t is text without rules of its own.
func plainText(t *value.Type) bool {
	switch t.Base().Kind {
	case value.Text, value.Varchar, value.Name, value.Unknown:
		return true
	}
	return false
}

// like writes LIKE: the range that its pattern's beginning sets, so that an index
// serves it, and the call.
func (p *printer) like(x *bind.Call) (span, call string, ok bool) {
	if !plainText(x.Args[0].Type()) {
		return "", "", false
	}
	low, high := "", ""
	if b, known := p.p.likes[x]; known {
		if p.slotCond(b.known).know != yes {
			return "", "", false
		}
		low, high = p.param(b.low.n), p.param(b.high.n)
	} else if c, lit := x.Args[1].(*bind.Const); lit && c.Val.Tag == value.IsStr && likePrefix(c.Val.S) != "" {
		prefix := likePrefix(c.Val.S)
		low, high = text(prefix), "'"+strings.ReplaceAll(prefix, "'", "''")+"' || char(1114111)"
	} else {
		return "", "", false
	}
	v := p.expr(x.Args[0])
	call = p.need(fn.Scalar(x.Fn, typesOf(x.Args), x.T)) + "(" + v + ", " + p.expr(x.Args[1]) + ")"
	v = p.collated(v, x.Args[0].Type())
	return v + " >= " + low + " and " + v + " < " + high, call, true
}

func likePrefix(pattern string) string {
	for i := range len(pattern) {
		if c := pattern[i]; c == '%' || c == '_' || c == '\\' {
			return pattern[:i]
		}
	}
	return pattern
}

// plainCall writes functions that SQLite has too, and those that make JSON of rows.
func (p *printer) plainCall(x *bind.Call) (string, bool) {
	switch x.Fn.Name {
	case "length", "char_length", "character_length":
		if len(x.Args) == 1 && plainText(x.Args[0].Type()) {
			return "length(" + p.expr(x.Args[0]) + ")", true
		}
	case "nullif":
		if len(x.Args) == 2 && comparable(x.Args[0].Type(), x.Args[1].Type()) {
			r := p.expr(x.Args[1])
			return "nullif(" + p.collated(p.expr(x.Args[0]), x.Args[0].Type(), r) + ", " + r + ")", true
		}
	case "row_to_json", "to_json":
		if len(x.Args) == 1 {
			return p.toJSON(x.Args[0])
		}
	}
	return "", false
}

// cast writes a conversion: nothing at all where the storage forms agree.
func (p *printer) cast(x *bind.Cast) string {
	from, to := x.X.Type().Base(), x.T.Base()
	if held(x) {
		return p.need(fn.Cast(from, x.T, x.Ctx)) + "(" + p.expr(x.X) + ")"
	}
	if to.Kind == value.JSON && isJSON(x.X) {
		return p.expr(x.X)
	}
	switch {
	case free(from, to):
		return p.relabel(p.expr(x.X), from, to)
	case integral(from) && (to.Kind == value.Text || to.Kind == value.Numeric && to.Mod == 0):
		return "cast(" + p.expr(x.X) + " as text)"
	case integral(from) && to.Kind == value.Float8:
		return "cast(" + p.expr(x.X) + " as real)"
	case from.Kind == value.Bool && to.Kind == value.Text:
		return "case " + p.expr(x.X) + " when 1 then 'true' when 0 then 'false' end"
	case from.Kind == value.Record && (to.Kind == value.JSON || to.Kind == value.JSONB):
		return p.node(x)
	}
	return p.need(fn.Cast(from, to, x.Ctx)) + "(" + p.expr(x.X) + ")"
}

// held reports whether a cast asks the rules of a domain, if it has any.
func held(x *bind.Cast) bool {
	return x.T.Kind == value.Domain && !value.Same(x.X.Type(), x.T)
}

// relabel gives a value as another type of the same storage form. A collation that the
// column brings along must not order the text.
func (p *printer) relabel(sql string, from, to *value.Type) string {
	if classOf(from) == byCollate && classOf(to) != byCollate {
		return "(" + sql + " collate binary)"
	}
	return sql
}

// free reports whether a conversion leaves the storage form as it is.
func free(from, to *value.Type) bool {
	if value.Same(from, to) {
		return to.Mod == 0 || to.Mod == from.Mod
	}
	switch to.Kind {
	case value.Text, value.Varchar, value.Citext:
		return to.Mod == 0 && textual(from) && from.Kind != value.Bpchar
	case value.Int8:
		return integral(from)
	case value.Int4:
		return from.Kind == value.Int2
	case value.Array:
		return from.Kind == value.Array && free(from.Elem.Base(), to.Elem.Base())
	case value.Name:
		return false
	}
	return false
}

// mayRaise reports whether evaluating x may raise an error for some row.
func mayRaise(x any) bool {
	found := false
	bind.Walk(x, func(n any) bool {
		switch n := n.(type) {
		case *bind.Call:
			found = found || n.Fn.Raises
		case *bind.UserCall, *bind.Index, *bind.Slice:
			found = true
		case *bind.AnyAll:
			found = found || n.Op.Raises
		case *bind.Cast:
			found = found || castRaises(n)
		case *bind.Agg:
			found = found || n.Fn != nil && n.Fn.Name != "count"
		case *bind.FuncCall:
			found = found || n.Set != nil && n.Set.Raises || n.User != nil
		case *bind.Sub:
			found = found || n.Kind == "scalar" && !oneRow(n.Query)
		}
		return !found
	})
	return found
}

func castRaises(x *bind.Cast) bool {
	if held(x) {
		return true
	}
	from, to := x.X.Type().Base(), x.T.Base()
	if free(from, to) || plainText(to) && to.Mod == 0 {
		return false
	}
	if to.Kind == value.JSON && isJSON(x.X) {
		return false
	}
	return !(integral(from) && (floating(to) || to.Kind == value.Numeric && to.Mod == 0))
}
