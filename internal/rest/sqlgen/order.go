package sqlgen

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/rest/query"
)

// orderBy prints n's ORDER BY list; "" for none.
func (g *gen) orderBy(n *node) (string, error) {
	parts := make([]string, len(n.order))
	for i, t := range n.order {
		sql, err := g.orderTerm(n, t)
		if err != nil {
			return "", err
		}
		if t.Desc {
			sql += " desc"
		}
		if t.Nulls != "" {
			sql += " nulls " + t.Nulls
		}
		parts[i] = sql
	}
	return strings.Join(parts, ", "), nil
}

func (g *gen) orderTerm(n *node, t query.Term) (string, error) {
	if t.Rel == "" {
		e, err := g.ref(n, t.Field)
		return e.sql, err
	}
	k := n.kid(t.Rel)
	if k == nil {
		return "", errNotEmbedded(t.Rel, n.byTarget(t.Rel))
	}
	if !k.rel.ToOne() {
		return "", errRelatedOrder(n.name, k.label())
	}
	f := k.aliased(t.Field)
	if k.joined {
		e, err := g.ref(k, f)
		return e.sql, err
	}
	return g.related(k, f)
}

// aliased follows an alias of k's select list, where no column has that name.
func (n *node) aliased(f query.Field) query.Field {
	if n.field(f.Name) != nil {
		return f
	}
	for _, it := range n.items {
		if it.Kind == query.Column && it.Alias == f.Name && len(f.Path) == 0 {
			return it.Field
		}
	}
	return f
}

// related is the field of a to-one embed as a scalar subquery.
func (g *gen) related(k *node, f query.Field) (string, error) {
	saved := k.alias
	k.alias = g.alias()
	defer func() { k.alias = saved }()
	e, err := g.ref(k, f)
	if err != nil {
		return "", err
	}
	join := g.joinCond(k)
	where, err := g.conds(k, false)
	if err != nil {
		return "", err
	}
	return "(select " + e.sql + " from " + g.source(k) + clause("where", and(join, where)) + ")", nil
}
