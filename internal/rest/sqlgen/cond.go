package sqlgen

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/rest/query"
	"github.com/plinth-dev/plinth/internal/value"
)

// conds joins all conditions on n with "and": its filters, and the inner embeds,
// those aside that are joined where joins says that the FROM clause has n's joins.
func (g *gen) conds(n *node, joins bool) (string, error) {
	var parts []string
	for _, c := range n.where {
		p, err := g.cond(n, c)
		if err != nil {
			return "", err
		}
		parts = append(parts, p)
	}
	for _, k := range n.kids {
		if k.item.Join != "inner" || joins && k.innerJoin() {
			continue
		}
		if err := g.ask(k); err != nil {
			return "", err
		}
		p, err := g.exists(k)
		if err != nil {
			return "", err
		}
		parts = append(parts, p)
	}
	return strings.Join(parts, " and "), nil
}

// exists says that k has a row.
func (g *gen) exists(k *node) (string, error) {
	saved := k.alias
	k.alias = g.alias()
	defer func() { k.alias = saved }()
	join := g.joinCond(k)
	where, err := g.conds(k, false)
	if err != nil {
		return "", err
	}
	return "exists (select 1 from " + g.source(k) + clause("where", and(join, where)) + ")", nil
}

// cond prints one condition.
func (g *gen) cond(n *node, c *query.Cond) (string, error) {
	if c.Filter != nil {
		return g.leaf(n, c)
	}
	parts := make([]string, len(c.Kids))
	for i, k := range c.Kids {
		p, err := g.cond(n, k)
		if err != nil {
			return "", err
		}
		parts[i] = p
	}
	op := " and "
	if c.Or {
		op = " or "
	}
	sql := "(" + strings.Join(parts, op) + ")"
	if c.Not {
		sql = "not " + sql
	}
	return sql, nil
}

func (g *gen) leaf(n *node, c *query.Cond) (string, error) {
	f := c.Filter
	k := n.kid(c.Field.Name)
	if k != nil && len(c.Field.Path) == 0 && f.Op == "is" && strings.HasSuffix(f.Val.Text, "null") {
		if err := g.ask(c); err != nil {
			return "", err
		}
		return g.embedNull(k, (f.Val.Text == "null") == f.Not)
	}
	left, err := g.ref(n, c.Field)
	if err != nil {
		if k != nil {
			err = errEmbedFilter(c.Field.Name) // a column of that name would have been meant
		}
		return "", err
	}
	sql, err := g.operator(left, f)
	if err != nil {
		return "", err
	}
	if f.Not {
		return "not (" + sql + ")", nil
	}
	return sql, nil
}

// embedNull is embed=is.null: an anti join, or a semi join where has.
func (g *gen) embedNull(k *node, has bool) (string, error) {
	sql, err := g.exists(k)
	if err == nil && !has {
		sql = "not " + sql
	}
	return sql, err
}

// infix are the operators that take one value.
var infix = map[string]string{
	"eq": "=", "neq": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=",
	"like": "like", "ilike": "ilike", "match": "~", "imatch": "~*",
	"cs": "@>", "cd": "<@", "ov": "&&", "sl": "<<", "sr": ">>", "nxr": "&<", "nxl": "&>", "adj": "-|-",
	"isdistinct": "is distinct from",
}

var searches = map[string]string{
	"fts": "to_tsquery", "plfts": "plainto_tsquery", "phfts": "phraseto_tsquery", "wfts": "websearch_to_tsquery",
}

func (g *gen) operator(left expr, f *query.Filter) (string, error) {
	switch f.Op {
	case "is":
		if f.Val.Text == "not_null" {
			return left.sql + " is not null", nil
		}
		return left.sql + " is " + f.Val.Text, nil
	case "in":
		if left.t != nil && left.t.Base().Kind == value.Array { // there are no arrays of arrays
			return "exists (select 1 from unnest(" + g.list(value.TText, f) + ") as _(v) where " + left.sql + " = v::" + typeSQL(left.t) + ")", nil
		}
		return left.sql + " = any(" + g.list(left.t, f) + ")", nil
	}
	if fn, ok := searches[f.Op]; ok {
		return g.search(left, fn, f), nil
	}
	op, ok := infix[f.Op]
	if !ok {
		return "", fault.Newf(fault.Invalid, "PGRST100", "unknown operator %s", f.Op)
	}
	like := f.Op == "like" || f.Op == "ilike"
	if f.Quant != "" {
		text := f.Val.Text
		t := left.t
		if like {
			text = strings.ReplaceAll(text, "*", "%")
			t = value.TText
		}
		return left.sql + " " + op + " " + f.Quant + "(" + g.constant(text) + arrayCast(t) + ")", nil
	}
	form := Plain
	if like {
		form = Like
	}
	return left.sql + " " + op + " " + g.fromQuery(g.val(f.Val, form), left.t), nil
}

// val binds a value: the tail of its Param, or a constant of the shape.
func (g *gen) val(v query.Val, form Form) string {
	if v.Param >= 0 {
		return g.arg(Arg{From: Param, Form: form, N: v.Param})
	}
	text := v.Text
	if form == Like {
		text = strings.ReplaceAll(text, "*", "%")
	}
	return g.constant(text)
}

// list binds the elements of an in filter as one array.
func (g *gen) list(t *value.Type, f *query.Filter) string {
	sql := ""
	if f.Val.Param >= 0 {
		sql = g.arg(Arg{From: Param, Form: InList, N: f.Val.Param})
	} else {
		sql = g.constant(ArrayLiteral(f.List))
	}
	if read := g.listFromQuery(sql, t); read != "" {
		return read
	}
	return sql + arrayCast(t)
}

func arrayCast(t *value.Type) string {
	if t == nil || t.Kind == value.Array {
		return ""
	}
	return "::" + typeSQL(t) + "[]"
}

// ArrayLiteral writes a list as {"a","b"}; a list of one empty text is empty.
func ArrayLiteral(list []string) string {
	if len(list) == 1 && list[0] == "" {
		return "{}"
	}
	var b strings.Builder
	b.WriteByte('{')
	for i, s := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		for j := 0; j < len(s); j++ {
			if s[j] == '"' || s[j] == '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(s[j])
		}
		b.WriteByte('"')
	}
	b.WriteByte('}')
	return b.String()
}

// search is a full-text match; other text is turned into a tsvector first.
func (g *gen) search(left expr, fn string, f *query.Filter) string {
	lang := ""
	if f.Lang != "" {
		lang = literal(f.Lang) + ", "
	}
	if left.t == nil || left.t.Base().Kind != value.TSVector {
		left.sql = "to_tsvector(" + lang + left.sql + ")"
	}
	return left.sql + " @@ " + fn + "(" + lang + g.constant(f.Val.Text) + ")"
}
