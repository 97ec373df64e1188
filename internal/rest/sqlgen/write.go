package sqlgen

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/rest/query"
	"github.com/plinth-dev/plinth/internal/value"
)

// Verb is what a write does.
type Verb uint8

const (
	Insert Verb = iota
	Update
	Delete
	Put // insert or replace the one row that the filters name
)

// Return is what a write answers with.
type Return uint8

const (
	Minimal Return = iota
	KeysOnly
	Full
)

// Write describes a write, its rows aside.
type Write struct {
	Verb       Verb
	Cols       []string // the members of the body that are written
	Defaults   []string // columns to set to their default (update, missing=default)
	One        bool     // the body is one object, bound member by member
	Resolution string   // "", "merge", "ignore"
	Return     Return
}

// Mutate compiles a POST, PATCH, PUT or DELETE of a table.
func (c Compiler) Mutate(t *catalog.Table, req *query.Request, w Write) (*Plan, error) {
	g := c.gen(t.Schema)
	items := itemsOf(req)
	if w.Return != Full {
		items = nil
	}
	root, err := g.newNode(&node{table: t, items: items})
	if err != nil {
		return nil, err
	}
	if w.Return != Full {
		req = rootOnly(req)
	}
	if err := g.attach(root, req); err != nil {
		return nil, err
	}
	if err := knownColumns(t, w.Cols); err != nil {
		return nil, err
	}
	if g.opt.SafeUpdate && len(root.where) == 0 && (w.Verb == Update || w.Verb == Delete) {
		return nil, errEveryRow(w.Verb)
	}
	p := &Plan{Mode: Rows, Write: true}
	if w.Verb == Put {
		if err := g.probe(p, root); err != nil {
			return nil, err
		}
	}
	body, err := g.statement(root, req, w)
	if err != nil {
		return nil, err
	}
	root.where = nil
	return p, g.returning(p, root, body, w)
}

// rootOnly drops what concerns embeds: nothing is returned.
func rootOnly(req *query.Request) *query.Request {
	out := &query.Request{OnConflict: req.OnConflict}
	for _, w := range req.Where {
		if len(w.Path) == 0 {
			out.Where = append(out.Where, w)
		}
	}
	return out
}

func knownColumns(t *catalog.Table, cols []string) error {
	for _, c := range cols {
		if t.Column(c) < 0 {
			return fault.Newf(fault.Invalid, "PGRST204",
				"Could not find the '%s' column of '%s' in the schema cache", c, t.Name)
		}
	}
	return nil
}

// probe counts the rows that a PUT would replace.
func (g *gen) probe(p *Plan, root *node) error {
	pg := Compiler{g.schema, g.opt}.gen(g.schemaName)
	where, err := pg.conds(root, false)
	p.CountSQL = "select count(*) from " + g.source(root) + clause("where", where)
	p.CountArgs = pg.args
	return err
}

// statement is the write without its RETURNING.
func (g *gen) statement(root *node, req *query.Request, w Write) (string, error) {
	name := qualified(root.table.Schema, root.table.Name) + " as " + root.alias
	switch w.Verb {
	case Update:
		return g.update(root, name, w)
	case Delete:
		where, err := g.filters(root)
		return "delete from " + name + clause("where", where), err
	}
	rows, err := g.rows(root, w)
	if err != nil {
		return "", err
	}
	return "insert into " + name + rows + g.onConflict(root, req, w), nil
}

// filters are the conditions on the rows to write; inner embeds limit the answer only.
func (g *gen) filters(root *node) (string, error) {
	parts := make([]string, len(root.where))
	for i, c := range root.where {
		p, err := g.cond(root, c)
		if err != nil {
			return "", err
		}
		parts[i] = p
	}
	return strings.Join(parts, " and "), nil
}

// rows is the column list and the source of an insert.
func (g *gen) rows(root *node, w Write) (string, error) {
	if len(w.Cols) == 0 {
		return " default values", nil
	}
	quoted := make([]string, len(w.Cols))
	for i, c := range w.Cols {
		quoted[i] = Quote(c)
	}
	head := " (" + strings.Join(quoted, ", ") + ")"
	if w.One && w.Verb == Insert && !anyComposite(root, w.Cols) {
		vals := make([]string, len(w.Cols))
		for i, c := range w.Cols {
			vals[i] = g.member(root, c)
		}
		return head + " values (" + strings.Join(vals, ", ") + ")", nil
	}
	where := ""
	if w.Verb == Put {
		var err error
		if where, err = g.putFilter(root); err != nil {
			return "", err
		}
	}
	for i, c := range w.Cols {
		quoted[i] = g.fromBody("_."+quoted[i], root.field(c))
	}
	return head + " select " + strings.Join(quoted, ", ") + " from " + g.recordset(root, w.Cols) + clause("where", where), nil
}

// putFilter keeps the rows of the body that the filters name.
func (g *gen) putFilter(root *node) (string, error) {
	saved := root.alias
	root.alias = "_"
	defer func() { root.alias = saved }()
	return g.filters(root)
}

// recordset is the body as a table of the given columns, called _.
func (g *gen) recordset(root *node, cols []string) string {
	defs := make([]string, len(cols))
	for i, c := range cols {
		defs[i] = Quote(c) + " " + typeSQL(g.bodyType(root.field(c)))
	}
	return "json_to_recordset(" + g.arg(Arg{From: Body}) + "::json) as _ (" + strings.Join(defs, ", ") + ")"
}

// member binds a member of the body's one object.
func (g *gen) member(root *node, col string) string {
	t := root.field(col)
	return g.fromBody(g.arg(Arg{From: Member, Text: col, Type: g.bodyType(t)}), t)
}

// anyComposite reports whether a column needs Postgres' own conversion from JSON.
func anyComposite(root *node, cols []string) bool {
	return slices.ContainsFunc(cols, func(c string) bool {
		t := root.field(c).Base()
		for t.Kind == value.Array {
			t = t.Elem.Base()
		}
		return isComposite(t)
	})
}

func (g *gen) update(root *node, name string, w Write) (string, error) {
	from := ""
	var set []string
	record := anyComposite(root, w.Cols)
	for _, c := range w.Cols {
		v := g.fromBody("_."+Quote(c), root.field(c))
		if !record {
			v = g.member(root, c)
		}
		set = append(set, Quote(c)+" = "+v)
	}
	if record {
		from = g.recordset(root, w.Cols)
	}
	for _, c := range w.Defaults {
		set = append(set, Quote(c)+" = default")
	}
	where, err := g.filters(root)
	return "update " + name + " set " + strings.Join(set, ", ") + clause("from", from) + clause("where", where), err
}

// onConflict prints ON CONFLICT: on the columns asked for, else on the primary key.
func (g *gen) onConflict(root *node, req *query.Request, w Write) string {
	cols := req.OnConflict
	if len(cols) == 0 {
		cols = g.schema.PrimaryKey(root.table)
	}
	if w.Resolution == "" || len(cols) == 0 {
		return ""
	}
	quoted := make([]string, len(cols))
	for i, c := range cols {
		quoted[i] = Quote(c)
	}
	out := " on conflict (" + strings.Join(quoted, ", ") + ")"
	if w.Resolution == "ignore" || len(w.Cols) == 0 {
		return out + " do nothing"
	}
	set := make([]string, len(w.Cols))
	for i, c := range w.Cols {
		set[i] = Quote(c) + " = excluded." + Quote(c)
	}
	out += " do update set " + strings.Join(set, ", ")
	if w.Verb == Insert {
		out += " where " + countMerged
	}
	return out
}

// Merged is the setting that counts, within a transaction, the rows that upserts met and
// did not insert.
const Merged = "plinth.merged"

// countMerged is true, and counts the row that it is asked of.
const countMerged = "set_config('" + Merged + "', (coalesce(nullif(current_setting('" + Merged + "', true), ''), '0')::int + 1)::text, true) is not null"

// returning completes the statement: bare, with RETURNING, or as the source of a
// select where the answer has embeds or an order.
func (g *gen) returning(p *Plan, root *node, body string, w Write) error {
	switch {
	case w.Return == KeysOnly:
		g.returnKeys(p, root, body)
		return nil
	case w.Return == Minimal:
		p.SQL, p.Args = body, g.args
		return nil
	case len(root.kids) > 0 || len(root.order) > 0 || aggregates(root) || g.opt.Handler != nil:
		return g.returnSelect(p, root, body)
	}
	var l list
	outs, err := g.outs(root, &l)
	if err != nil {
		return err
	}
	if len(l.cols) == 0 {
		l.add("1", "")
	}
	p.SQL, p.Args, p.Out = body+" returning "+commas(l.cols), g.args, outs
	return nil
}

func aggregates(root *node) bool {
	return slices.ContainsFunc(root.items, func(it *query.Item) bool { return it.Agg != "" || root.counts(it) })
}

func (g *gen) returnKeys(p *Plan, root *node, body string) {
	keys := g.schema.PrimaryKey(root.table)
	cols := make([]string, len(keys))
	for i, k := range keys {
		cols[i] = root.alias + "." + Quote(k)
		p.Keys = append(p.Keys, NewOut(k, i))
	}
	p.SQL, p.Args = body, g.args
	if len(keys) > 0 {
		p.SQL += " returning " + strings.Join(cols, ", ")
	}
}

// returnSelect makes the write a common table expression and selects from it. Embeds
// are subqueries there, never joins: a join may shuffle the rows, and clients expect
// them in the order in which they sent them.
func (g *gen) returnSelect(p *Plan, root *node, body string) error {
	root.need = &needs{}
	g.opt.Flat = true
	if _, err := g.top(p, root, "_w "+root.alias, Page{}); err != nil {
		return err
	}
	if root.need.all {
		root.need.cols = nil
		for _, f := range root.fields {
			root.need.cols = append(root.need.cols, f.Name)
		}
	}
	var cols []string
	for _, c := range root.need.cols {
		cols = append(cols, root.alias+"."+Quote(c))
	}
	for _, c := range root.need.computed {
		cols = append(cols, c.call+" as "+Quote(c.name))
	}
	if len(cols) == 0 {
		cols = []string{"1 as one"}
	}
	p.SQL = "with _w as (" + body + " returning " + strings.Join(cols, ", ") + ") " + p.SQL
	return nil
}
