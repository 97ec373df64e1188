package sqlgen

import (
	"fmt"
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/rest/query"
	"github.com/plinth-dev/plinth/internal/value"
)

// node is a table being read: the root or an embed.
type node struct {
	parent *node
	item   *query.Item // nil for the root
	rel    *Rel
	table  *catalog.Table // nil for a function that returns no table's rows
	fields []value.Field  // its columns
	name   string         // for error messages
	alias  string
	via    *node         // the junction that leads here
	items  []*query.Item // the select list
	kids   []*node       // one per embed or spread of items, in order
	where  []*query.Cond
	order  []query.Term
	limit  *query.Val
	offset *query.Val
	joined bool // its columns are those of a join of the parent's select
	// extra names further outputs of the range: computed columns of a write.
	extra map[string]string
	// need collects the columns in use, for a write's RETURNING; nil for none.
	need *needs
}

// needs are the columns of a written row that the answer is made of.
type needs struct {
	cols     []string
	computed []computed
	all      bool // the whole row
}

// computed is a computed column that a write must return.
type computed struct{ name, call string }

func (n *needs) add(col string) {
	if n != nil && !slices.Contains(n.cols, col) {
		n.cols = append(n.cols, col)
	}
}

var star = []*query.Item{{Kind: query.Star}}

// newNode makes the node of a table and those of its embeds.
func (g *gen) newNode(n *node) (*node, error) {
	if n.table != nil {
		n.name = n.table.Name
		n.fields = tableFields(n.table)
	}
	n.alias = g.alias()
	for _, it := range n.items {
		if err := g.checkAggregate(it); err != nil {
			return nil, err
		}
		if it.Kind != query.Embed && it.Kind != query.Spread {
			continue
		}
		if n.table == nil {
			return nil, g.schema.errNoRel(&catalog.Table{Name: n.name, Schema: g.schemaName}, g.schemaName, it.Name, it.Hint)
		}
		rel, err := g.schema.find(n.table, g.schemaName, it.Name, it.Hint)
		if err != nil {
			return nil, err
		}
		kid, err := g.newNode(&node{parent: n, item: it, rel: rel, table: rel.To, items: it.Kids})
		if err != nil {
			return nil, err
		}
		n.kids = append(n.kids, kid)
	}
	return n, nil
}

func tableFields(t *catalog.Table) []value.Field {
	out := make([]value.Field, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = value.Field{Name: c.Name, Type: c.Type}
	}
	return out
}

func (g *gen) checkAggregate(it *query.Item) error {
	if (it.Agg != "" || it.Kind == query.Count) && !g.opt.Aggregates {
		return errAggregates
	}
	return nil
}

// label is the name that an embed goes by.
func (n *node) label() string {
	if n.item.Alias != "" {
		return n.item.Alias
	}
	return n.item.Name
}

// kid returns the embed that a path segment names.
func (n *node) kid(name string) *node {
	for _, k := range n.kids {
		if k.label() == name {
			return k
		}
	}
	return nil
}

// byTarget returns the aliased embed of that target.
func (n *node) byTarget(name string) *node {
	for _, k := range n.kids {
		if k.item.Alias != "" && k.item.Name == name {
			return k
		}
	}
	return nil
}

// at returns the node that a path leads to.
func (g *gen) at(root *node, path []string) (*node, error) {
	n := root
	for _, seg := range path {
		next := n.kid(seg)
		if next == nil {
			aliased := n.byTarget(seg)
			if aliased == nil || !g.opt.LegacyTargets {
				return nil, errNotEmbedded(seg, aliased)
			}
			next = aliased
		}
		n = next
	}
	return n, nil
}

func errNotEmbedded(name string, aliased *node) error {
	f := fault.Newf(fault.Invalid, "PGRST108", "'%s' is not an embedded resource in this request", name)
	if aliased != nil {
		return f.WithDetail("Target names are not allowed in filters if they have an alias").
			WithHint(fmt.Sprintf("Change '%s' to '%s' in filters, orders or limits.", name, aliased.item.Alias))
	}
	return f.WithHint(fmt.Sprintf("Verify that '%s' is included in the 'select' query parameter.", name))
}

// attach hands the filters, orders and bounds of the request to their nodes.
func (g *gen) attach(root *node, req *query.Request) error {
	for _, w := range req.Where {
		n, err := g.at(root, w.Path)
		if err != nil {
			return err
		}
		n.where = append(n.where, w.Cond)
	}
	for _, o := range req.Order {
		n, err := g.at(root, o.Path)
		if err != nil {
			return err
		}
		n.order = append(n.order, o.Terms...)
	}
	for _, b := range req.Bounds {
		if len(b.Path) == 0 {
			continue // the root's are computed from the query string and the Range header
		}
		n, err := g.at(root, b.Path)
		if err != nil {
			return err
		}
		if b.Limit != nil {
			n.limit = b.Limit
		}
		if b.Offset != nil {
			n.offset = b.Offset
		}
	}
	return nil
}

// field returns the type of a column, or nil.
func (n *node) field(name string) *value.Type {
	for i := range n.fields {
		if n.fields[i].Name == name {
			return n.fields[i].Type
		}
	}
	return nil
}

// column is `alias."name"` of a column that is known to exist.
func (n *node) column(name string) string {
	n.need.add(name)
	return n.alias + "." + Quote(name)
}

// empty reports whether the node shows nothing: an embed of () or of such embeds.
func (n *node) empty() bool {
	i := 0
	for _, it := range n.items {
		if it.Kind != query.Embed && it.Kind != query.Spread {
			return false
		}
		if !n.kids[i].empty() {
			return false
		}
		i++
	}
	return true
}
