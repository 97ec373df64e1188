package script

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// relation lists a table or view and its parts. A table's columns, primary key, unique
// keys and checks stand in its own statement; what may name other tables stands apart.
func (l *listing) relation(t *catalog.Table) {
	if t.Kind != catalog.Base {
		l.view(t)
		return
	}
	name := shown(t.Schema, t.Name)
	o := object{key: "table " + name, drop: "drop table " + name, make: []string{createTable(t)}, needs: []string{"schema " + t.Schema}}
	for _, c := range t.Columns {
		o.needs = append(o.needs, typeKeys(c.Type)...)
		if c.Sequence != nil && !isSerial(t, c) && c.Identity == "" {
			o.needs = append(o.needs, "sequence "+shown(c.Sequence.Schema, c.Sequence.Name))
		}
		o.needs = append(o.needs, l.exprNeeds(c.Default)...)
		o.needs = append(o.needs, l.exprNeeds(c.Generated)...)
	}
	for _, c := range t.Checks {
		o.needs = append(o.needs, l.exprNeeds(c.X)...)
	}
	l.add(o)
	l.comments(t)
	for _, f := range t.Foreign {
		l.part(t, "constraint", f.Name, alter(name, "add "+pgsql.Print(foreign(f))), "table "+shown(f.RefSchema, f.RefTable))
	}
	for _, ix := range t.Indexes {
		l.part(t, "index", ix.Name, createIndex(t, ix))
	}
	l.security(t)
	l.triggers(t)
}

// part adds a thing that belongs to t.
//
// budget: needs come as they were gathered
func (l *listing) part(t *catalog.Table, what, name, sql string, needs ...string) {
	on := shown(t.Schema, t.Name)
	owner := "table "
	if t.Kind != catalog.Base {
		owner = "view "
	}
	o := object{key: what + " " + pgsql.QuoteIdent(name) + " on " + on, make: []string{sql}, needs: append(needs, owner+on)}
	switch what {
	case "constraint":
		o.drop = alter(on, "drop constraint "+pgsql.QuoteIdent(name))
	case "index":
		o.drop = "drop index " + shown(t.Schema, name)
	case "policy", "trigger":
		o.drop = "drop " + what + " " + pgsql.QuoteIdent(name) + " on " + on
	}
	l.add(o)
}

func alter(name, action string) string { return "alter table " + name + " " + action }

func createTable(t *catalog.Table) string {
	var items []string
	for _, c := range t.Columns {
		items = append(items, columnDef(t, c))
	}
	for _, k := range t.Keys {
		items = append(items, pgsql.Print(key(k)))
	}
	for _, c := range t.Checks {
		items = append(items, pgsql.Print(check(c)))
	}
	return "create table " + shown(t.Schema, t.Name) + " (\n  " + strings.Join(items, ",\n  ") + "\n)"
}

// isSerial reports whether a column can be written as serial: its sequence has the
// name and the options that serial gives.
func isSerial(t *catalog.Table, c *catalog.Column) bool {
	q := c.Sequence
	if q == nil || c.Identity != "" || c.Default == nil || q.Name != t.Name+"_"+c.Name+"_seq" || q.Schema != t.Schema {
		return false
	}
	return plainSequence(q) && serialWord(c.Type) != ""
}

func serialWord(t *value.Type) string {
	switch t.Kind {
	case value.Int2:
		return "smallserial"
	case value.Int4:
		return "serial"
	case value.Int8:
		return "bigserial"
	}
	return ""
}

func columnDef(t *catalog.Table, c *catalog.Column) string {
	var b strings.Builder
	b.WriteString(pgsql.QuoteIdent(c.Name) + " ")
	if isSerial(t, c) {
		b.WriteString(serialWord(c.Type))
	} else {
		b.WriteString(typeName(c.Type))
	}
	if c.Collation != "" && c.Collation != "default" {
		b.WriteString(" collate " + pgsql.QuoteIdent(c.Collation))
	}
	switch {
	case c.Generated != nil:
		b.WriteString(" generated always as (" + pgsql.Print(c.Generated) + ") stored")
	case c.Identity != "":
		b.WriteString(" generated " + c.Identity + " as identity" + sequenceOptions(c.Sequence, true))
	case c.Default != nil && !isSerial(t, c):
		b.WriteString(" default " + defaultText(c.Default))
	}
	if c.NotNull {
		b.WriteString(" not null")
	}
	return b.String()
}

// defaultText puts what is no plain value or call in parentheses: DEFAULT takes a
// restricted expression.
func defaultText(x pgsql.Expr) string {
	text := pgsql.Print(x)
	switch x.(type) {
	case *pgsql.Binary, *pgsql.Unary:
		return "(" + text + ")"
	}
	return text
}

func key(k *catalog.Key) *pgsql.Constraint {
	c := &pgsql.Constraint{
		Name: k.Name, Kind: "unique", Cols: k.Cols, NullsNotDistinct: k.NullsNotDistinct,
		Deferrable: k.Deferrable, InitiallyDeferred: k.InitiallyDeferred,
	}
	if k.Primary {
		c.Kind = "primary key"
	}
	return c
}

func check(c *catalog.Check) *pgsql.Constraint {
	return &pgsql.Constraint{Name: c.Name, Kind: "check", Check: c.X, NotValid: c.NotValid}
}

func foreign(f *catalog.Foreign) *pgsql.Constraint {
	c := &pgsql.Constraint{
		Name: f.Name, Kind: "foreign key", Cols: f.Cols, Ref: ident(f.RefSchema, f.RefTable), RefCols: f.RefCols, SetCols: f.SetCols,
		Deferrable: f.Deferrable, InitiallyDeferred: f.InitiallyDeferred, NotValid: f.NotValid,
	}
	if f.OnDelete != "no action" {
		c.OnDelete = f.OnDelete
	}
	if f.OnUpdate != "no action" {
		c.OnUpdate = f.OnUpdate
	}
	return c
}

func createIndex(t *catalog.Table, ix *catalog.Index) string {
	st := &pgsql.CreateIndex{
		Name: ix.Name, Table: ident(t.Schema, t.Name), Unique: ix.Unique, Items: ix.Items, Include: ix.Include,
		Where: ix.Where, NullsNotDistinct: ix.NullsNotDistinct,
	}
	if ix.Method != "btree" {
		st.Method = ix.Method
	}
	return pgsql.Print(st)
}

func (l *listing) comments(t *catalog.Table) {
	name := shown(t.Schema, t.Name)
	owner := "table " + name
	what := "table"
	if t.Kind != catalog.Base {
		what, owner = t.KindName(), "view "+name
	}
	if t.Comment != "" {
		l.add(object{key: "comment on " + name, make: []string{comment(what, name, t.Comment)}, drop: comment(what, name, ""), needs: []string{owner}})
	}
	for _, c := range t.Columns {
		if c.Comment != "" {
			col := name + "." + pgsql.QuoteIdent(c.Name)
			l.add(object{key: "comment on " + col, make: []string{comment("column", col, c.Comment)}, drop: comment("column", col, ""), needs: []string{owner}})
		}
	}
}

func (l *listing) view(t *catalog.Table) {
	name := shown(t.Schema, t.Name)
	what := t.KindName()
	if t.ViewDef == nil || t.ViewDef.Query == nil {
		return // what the parser does not read stands in the migrations alone
	}
	st := &pgsql.CreateView{Name: ident(t.Schema, t.Name), Query: t.ViewDef.Query, Materialized: t.Kind == catalog.MatView, CheckOption: t.ViewDef.CheckOption}
	for _, c := range t.Columns {
		st.Cols = append(st.Cols, c.Name)
	}
	if t.ViewDef.SecurityInvoker || t.ViewDef.SecurityBarrier {
		st.Options = map[string]string{}
		if t.ViewDef.SecurityInvoker {
			st.Options["security_invoker"] = "true"
		}
		if t.ViewDef.SecurityBarrier {
			st.Options["security_barrier"] = "true"
		}
	}
	l.add(object{key: "view " + name, make: []string{pgsql.Print(st)}, drop: "drop " + what + " " + name, needs: append(l.queryNeeds(t.ViewDef.Query), "schema "+t.Schema)})
	l.comments(t)
	for _, ix := range t.Indexes {
		l.part(t, "index", ix.Name, createIndex(t, ix))
	}
	l.triggers(t)
}

func (l *listing) security(t *catalog.Table) {
	name := shown(t.Schema, t.Name)
	flag := func(on bool, make, drop string) {
		if on {
			l.add(object{key: make + " on " + name, make: []string{alter(name, make)}, drop: alter(name, drop), needs: []string{"table " + name}})
		}
	}
	flag(t.RLS, "enable row level security", "disable row level security")
	flag(t.ForceRLS, "force row level security", "no force row level security")
	if t.Identity != "default" && t.Identity != "" {
		word := t.Identity
		if word != "full" && word != "nothing" {
			word = "using index " + pgsql.QuoteIdent(word)
		}
		flag(true, "replica identity "+word, "replica identity default")
	}
	for _, p := range t.Policies {
		l.policy(t, p)
	}
	for _, pub := range l.c.Published(t) {
		if l.c.Publications[pub].AllTables {
			continue
		}
		q := pgsql.QuoteIdent(pub)
		l.add(object{key: "publication " + q + " of " + name, make: []string{"alter publication " + q + " add table " + name},
			drop: "alter publication " + q + " drop table " + name, needs: []string{"table " + name}})
	}
}

func (l *listing) policy(t *catalog.Table, p *catalog.Policy) {
	st := &pgsql.CreatePolicy{Name: p.Name, Table: ident(t.Schema, t.Name), Restrictive: !p.Permissive, Command: p.Command, Using: p.Using, Check: p.Check}
	if !slices.Equal(p.Roles, []string{catalog.Public}) {
		st.Roles = p.Roles
	}
	l.part(t, "policy", p.Name, pgsql.Print(st), append(l.exprNeeds(p.Using), l.exprNeeds(p.Check)...)...)
}

func (l *listing) triggers(t *catalog.Table) {
	for _, tr := range t.Triggers {
		if !slices.Contains(l.schemas, tr.FuncSchema) {
			continue
		}
		st := &pgsql.CreateTrigger{
			Name: tr.Name, Table: ident(t.Schema, t.Name), Timing: tr.Timing, Events: tr.Events, UpdateOf: tr.UpdateOf,
			ForEachRow: tr.ForEachRow, When: tr.When, Func: ident(tr.FuncSchema, tr.Func), Args: tr.Args,
			OldTable: tr.OldTable, NewTable: tr.NewTable, Constraint: tr.Deferrable, Deferrable: tr.Deferrable, Deferred: tr.Deferred,
		}
		l.part(t, "trigger", tr.Name, pgsql.Print(st), "function "+shown(tr.FuncSchema, tr.Func))
	}
}

func (l *listing) sequence(q *catalog.Sequence) {
	t, c := l.c.SequenceOwner(q)
	if c != nil && (c.Identity != "" || isSerial(t, c)) {
		return // it comes with its column
	}
	name := shown(q.Schema, q.Name)
	sql := "create sequence " + name
	if q.Type != nil && q.Type.Kind != value.Int8 {
		sql += " as " + q.Type.String()
	}
	l.add(object{key: "sequence " + name, make: []string{sql + sequenceOptions(q, false)}, drop: "drop sequence " + name, needs: []string{"schema " + q.Schema}})
	if t != nil && slices.Contains(l.schemas, t.Schema) {
		by := shown(t.Schema, t.Name) + "." + pgsql.QuoteIdent(c.Name)
		l.add(object{key: "owner of sequence " + name, make: []string{"alter sequence " + name + " owned by " + by},
			drop: "alter sequence " + name + " owned by none", needs: []string{"sequence " + name, "table " + shown(t.Schema, t.Name)}})
	}
}

// plainSequence reports whether q has the options of a sequence made without any.
func plainSequence(q *catalog.Sequence) bool {
	return q.Start == 1 && q.Increment == 1 && q.Min == 1 && !q.Cycle && q.Max == maxOf(q.Type)
}

func maxOf(t *value.Type) int64 {
	switch {
	case t == nil:
		return 1<<63 - 1
	case t.Kind == value.Int2:
		return 1<<15 - 1
	case t.Kind == value.Int4:
		return 1<<31 - 1
	}
	return 1<<63 - 1
}

func sequenceOptions(q *catalog.Sequence, parens bool) string {
	if q == nil || plainSequence(q) {
		return ""
	}
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	s := "start " + n(q.Start) + " increment " + n(q.Increment) + " minvalue " + n(q.Min) + " maxvalue " + n(q.Max)
	if q.Cycle {
		s += " cycle"
	}
	if parens {
		return " (" + s + ")"
	}
	return " " + s
}
