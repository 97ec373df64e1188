package rest

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/rest/query"
	"github.com/plinth-dev/plinth/internal/rest/sqlgen"
)

// binding holds what the arguments of a plan are taken from.
type binding struct {
	params  []query.Param
	win     window
	maxRows int
	body    *body
	cur     *cursor
}

// bind returns the arguments of a statement.
func (b *binding) bind(args []sqlgen.Arg) ([]any, error) {
	if len(args) == 0 {
		return nil, nil
	}
	out := make([]any, len(args))
	for i := range args {
		v, err := b.value(&args[i])
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func (b *binding) value(a *sqlgen.Arg) (any, error) {
	switch a.From {
	case sqlgen.Const:
		return a.Text, nil
	case sqlgen.Param:
		return b.param(a)
	case sqlgen.Limit:
		if b.win.limit < 0 {
			return nil, nil
		}
		return b.win.limit, nil
	case sqlgen.Offset:
		return b.win.offset, nil
	case sqlgen.More:
		if b.win.limit < 0 {
			return nil, nil
		}
		return b.win.limit + 1, nil
	case sqlgen.Place:
		return b.cur.vals[a.N], nil
	case sqlgen.Body:
		return b.body.array(), nil
	case sqlgen.Whole:
		return string(b.body.raw), nil
	}
	return b.body.member(a.Text, a.Type)
}

// param is a value of the query string.
func (b *binding) param(a *sqlgen.Arg) (any, error) {
	p := &b.params[a.N]
	text := p.Text()
	switch a.Form {
	case sqlgen.Like:
		return strings.ReplaceAll(text, "*", "%"), nil
	case sqlgen.InList:
		list, err := query.List(text)
		if err != nil {
			return nil, err
		}
		return sqlgen.ArrayLiteral(list), nil
	case sqlgen.Number:
		return b.number(p)
	case sqlgen.Items:
		var list []string
		for i := range b.params {
			if b.params[i].Key == p.Key && b.params[i].Kind == query.KindArg {
				list = append(list, b.params[i].Value)
			}
		}
		return sqlgen.ArrayLiteral(list), nil
	}
	return text, nil
}

// number is the limit or offset of an embed; what is no number bounds nothing.
func (b *binding) number(p *query.Param) (any, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(p.Value), 10, 64)
	limit := p.Kind == query.KindLimit
	switch {
	case err == nil && n < 0 && limit:
		return nil, errRangeLimit
	case err != nil && limit && b.maxRows == 0:
		return nil, nil
	case err != nil || n < 0:
		n = 0
		if limit {
			n = int64(b.maxRows)
		}
	case limit && b.maxRows > 0:
		n = min(n, int64(b.maxRows))
	}
	return n, nil
}
