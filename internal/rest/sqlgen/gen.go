package sqlgen

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/rest/query"
	"github.com/plinth-dev/plinth/internal/value"
)

// Options are the switches of the configuration that change SQL.
type Options struct {
	Aggregates    bool     // aggregates in select lists are allowed
	SafeUpdate    bool     // updates and deletes of all rows are refused
	LegacyTargets bool     // an aliased embed may be filtered by its target's name too
	Flat          bool     // every embed is one JSON column (CSV)
	MaxRows       int      // of every to-many embed; 0 = no limit
	Handler       *Handler // makes the whole answer of its rows; nil for none
	Path          []string // schemas whose functions may compute columns, besides the table's
}

// gen generates one statement.
type gen struct {
	schema     *Schema
	schemaName string
	opt        Options
	raw        bool // values are shown as they are, not as JSON
	args       []Arg
	aliases    int
	keys       []keyTerm // the total order of a read with cursors
	asked      map[any]bool
}

// Compiler compiles requests against a schema.
type Compiler struct {
	*Schema
	Options
}

func (c Compiler) gen(schemaName string) *gen {
	raw := c.Flat || c.Handler != nil
	c.Flat = raw // the columns of a row have no kids
	return &gen{schema: c.Schema, schemaName: schemaName, opt: c.Options, raw: raw}
}

// maxAsked bounds the embeds that decide which rows there are: Postgres plans them as
// joins, in a time that grows much faster than their number (40 took seconds).
const maxAsked = 10

// ask counts such an embed, by the node that is inner or the filter that asks for null.
func (g *gen) ask(by any) error {
	if g.asked == nil {
		g.asked = map[any]bool{}
	}
	if g.asked[by] = true; len(g.asked) > maxAsked {
		return errAsked
	}
	return nil
}

func (g *gen) alias() string {
	g.aliases++
	return "t" + strconv.Itoa(g.aliases-1)
}

// arg adds an argument and returns its placeholder; the same source is
// bound once, constants aside: their types may differ.
func (g *gen) arg(a Arg) string {
	for i := range g.args {
		if g.args[i] == a && a.From != Const {
			return "$" + strconv.Itoa(i+1)
		}
	}
	g.args = append(g.args, a)
	return "$" + strconv.Itoa(len(g.args))
}

func (g *gen) constant(s string) string { return g.arg(Arg{From: Const, Text: s}) }

// expr is an SQL expression with its type; t is nil where it is not known.
type expr struct {
	sql string
	t   *value.Type
}

// ref is a column or computed column of n, with its json path applied.
func (g *gen) ref(n *node, f query.Field) (expr, error) {
	e, err := g.base(n, f.Name)
	if err != nil || len(f.Path) == 0 {
		return e, err
	}
	if e.t == nil || !isJSON(e.t) {
		e = expr{"to_jsonb(" + e.sql + ")", value.TJSONB}
	}
	for _, st := range f.Path {
		op := "->"
		if st.Text {
			op = "->>"
			e.t = value.TText
		}
		key := st.Key
		if !st.Index {
			key = literal(key)
		}
		e.sql += op + key
	}
	return e, nil
}

// base is a column, or a call of the function that computes one.
func (g *gen) base(n *node, name string) (expr, error) {
	if t := n.field(name); t != nil {
		return expr{n.column(name), t}, nil
	}
	if col, ok := n.extra[name]; ok {
		return expr{n.alias + "." + Quote(name), g.computedType(n, col)}, nil
	}
	f := g.computed(n, name)
	if f == nil {
		return expr{}, errColumn(n, name)
	}
	call := qualified(f.Schema, f.Name) + "(" + n.alias + ")"
	if n.need != nil {
		if c := (computed{name, call}); !slices.Contains(n.need.computed, c) {
			n.need.computed = append(n.need.computed, c)
		}
		return expr{n.alias + "." + Quote(name), f.Returns}, nil
	}
	return expr{call, f.Returns}, nil
}

func (g *gen) computedType(n *node, name string) *value.Type {
	if f := g.computed(n, name); f != nil {
		return f.Returns
	}
	return nil
}

// computed returns the function of one argument, of n's row type, called name.
func (g *gen) computed(n *node, name string) *catalog.Function {
	if n.table == nil {
		return nil
	}
	for _, schema := range append([]string{n.table.Schema, g.schemaName}, g.opt.Path...) {
		sc := g.schema.Cat.Schemas[schema]
		if sc == nil {
			continue
		}
		for _, f := range sc.Funcs[name] {
			if len(f.Args) == 1 && !f.SetOf && f.Args[0].Type != nil &&
				f.Args[0].Type.Name == n.table.Name && f.Args[0].Type.Schema == n.table.Schema {
				return f
			}
		}
	}
	return nil
}

// cast applies a ::type written in the query string. An unknown type is left to the
// database to refuse.
func (g *gen) cast(sql, cast string) string {
	if cast == "" {
		return sql
	}
	name, suffix := strings.TrimSuffix(cast, "[]"), ""
	if name != cast {
		suffix = "[]"
	}
	if t, ok := value.ByName(strings.ToLower(name)); ok {
		return "(" + sql + ")::" + typeSQL(t) + suffix
	}
	for _, schema := range append([]string{g.schemaName}, g.opt.Path...) {
		if sc := g.schema.Cat.Schemas[schema]; sc != nil && sc.Types[name] != nil {
			return "(" + sql + ")::" + qualified(schema, name) + suffix
		}
	}
	return "(" + sql + ")::" + Quote(name) + suffix
}

// source is n's FROM item: its table, with the junction that leads to it, or the call
// that computes it from the parent. joinCond comes first: it names the junction.
func (g *gen) source(n *node) string {
	if n.rel != nil && n.rel.Func != nil {
		f := n.rel.Func
		if n.parent.need != nil {
			n.parent.need.all = true // the row's cast to its type needs every column
		}
		return qualified(f.Schema, f.Name) + "(" + n.parent.alias + ") " + n.alias
	}
	table := qualified(n.table.Schema, n.table.Name) + " " + n.alias
	if n.via == nil {
		return table
	}
	j := n.rel.Via
	return qualified(j.Table.Schema, j.Table.Name) + " " + n.via.alias + " join " + table +
		" on " + equate(n, n.rel.RefCols, n.via, j.Cols2)
}

// joinCond ties n, or the junction before it, to its parent.
func (g *gen) joinCond(n *node) string {
	r := n.rel
	if r.Func != nil {
		return ""
	}
	if r.Via == nil {
		return equate(n, r.RefCols, n.parent, r.Cols)
	}
	n.via = &node{alias: g.alias(), name: r.Via.Table.Name}
	return equate(n.via, r.Via.Cols1, n.parent, r.Cols)
}

func equate(a *node, acols []string, b *node, bcols []string) string {
	parts := make([]string, len(acols))
	for i := range acols {
		parts[i] = a.column(acols[i]) + " = " + b.column(bcols[i])
	}
	return strings.Join(parts, " and ")
}

func and(parts ...string) string {
	var keep []string
	for _, p := range parts {
		if p != "" {
			keep = append(keep, p)
		}
	}
	return strings.Join(keep, " and ")
}

func clause(keyword, text string) string {
	if text == "" {
		return ""
	}
	return " " + keyword + " " + text
}
