package exec

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/heap"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/policy"
	"github.com/plinth-dev/plinth/internal/value"
)

// SQLite holds every foreign key as deferred and counts the rows without a parent.
// While it counts none, nothing is asked here.

// parent is a foreign key of a table.
type parent struct {
	key  *catalog.Foreign
	cols []int
	find string
}

func newParents(t *catalog.Table) (out []parent) {
	for _, f := range t.Foreign {
		p := parent{key: f, find: "select 1 from " + heap.Quote(schema.Name(f.RefSchema, f.RefTable)) + " where " + equalTo(f.RefCols)}
		for _, c := range f.Cols {
			p.cols = append(p.cols, t.Column(c))
		}
		out = append(out, p)
	}
	return out
}

// askParents fails where a written row has no parent. A key that did not change is
// asked about only where the row before was this transaction's own, as in Postgres.
func (r *run) askParents(d *due) error {
	if d.op == "delete" || len(d.rel.parents) == 0 || !r.a.Tx.Conn.DeferredFKs() {
		return nil
	}
	for i := range d.rel.parents {
		p := &d.rel.parents[i]
		if !d.asked && !slices.ContainsFunc(p.cols, func(c int) bool { return !same(d.old[c], d.row[c]) }) {
			continue
		}
		var err error
		if p.key.InitiallyDeferred {
			err = r.a.Tx.defers(deferred{actor: d.actor, key: func(r *run) error { return r.askParent(d, p) }})
		} else {
			err = r.askParent(d, p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *run) askParent(d *due, p *parent) error {
	now, err := r.rowAt(d.rel, d.id)
	if err != nil || now == nil {
		return err
	}
	for _, c := range p.cols {
		if d.row[c].IsNull() || !equal(d.rel.cols[c].Type, d.row[c], now[c]) {
			return nil // it has changed since, and is asked about behind
		}
	}
	st, err := r.a.Tx.Conn.Prepare(p.find)
	if err != nil {
		return lite.Fault(err)
	}
	defer st.Release()
	for i, c := range p.cols {
		heap.Bind(st, i+1, value.Store(d.rel.cols[c].Type, d.row[c]), d.rel.store.Blobs[c])
	}
	found, err := st.Step()
	if err != nil || found {
		return lite.Fault(err)
	}
	b := broken{table: d.rel.table, key: p.key}
	for _, c := range p.cols {
		b.vals = append(b.vals, value.TextOf(d.rel.cols[c].Type, d.row[c], nil))
	}
	return r.a.Tx.violation(b, r.a.Role)
}

func equal(t *value.Type, a, b value.Value) bool {
	return same(a, b) || !a.IsNull() && !b.IsNull() && value.Key(t, a) == value.Key(t, b)
}

// broken is a row without its parent.
type broken struct {
	table *catalog.Table
	key   *catalog.Foreign
	vals  []string
}

// Unresolved names a foreign key that the transaction leaves violated, for its end.
func Unresolved(c *lite.Conn, cat *catalog.Catalog) error {
	x := &Tx{Link: Link{Conn: c}, Catalog: cat}
	return x.foreignKeys("", true)
}

// foreignKeys returns the fault of a violated key, as role may see it. Those that
// are deferred count only at the transaction's end.
func (x *Tx) foreignKeys(role string, end bool) error {
	all, err := x.broken(end)
	if err != nil || len(all) == 0 {
		return err
	}
	if !end { // a trigger kept a row from the action of its key
		return x.referenced(all[0], role)
	}
	return x.violation(all[0], role)
}

func (x *Tx) broken(end bool) ([]broken, error) {
	st, err := x.Conn.Prepare("select \"table\", rowid, \"parent\", fkid from pragma_foreign_key_check()")
	if err != nil {
		return nil, lite.Fault(err)
	}
	defer st.Release()
	var out []broken
	for {
		more, err := st.Step()
		if err != nil || !more {
			return out, lite.Fault(err)
		}
		t, f := x.violated(st)
		if t == nil || f.InitiallyDeferred && !end {
			continue
		}
		out = append(out, broken{t, f, x.foreignValues(t, f, st.ColumnInt(1))})
	}
}

// violated finds the catalogue's key for a row of foreign_key_check.
func (x *Tx) violated(st *lite.Stmt) (*catalog.Table, *catalog.Foreign) {
	name := st.ColumnString(0)
	space, table := schema.Parse(name)
	s := x.Catalog.Schemas[space]
	if s == nil || s.Tables[table] == nil {
		return nil, nil
	}
	t := s.Tables[table]
	cols := x.foreignColumns(name, st.ColumnInt(3))
	for _, f := range t.Foreign {
		if schema.Name(f.RefSchema, f.RefTable) == st.ColumnString(2) && strings.Join(f.Cols, "\x00") == strings.Join(cols, "\x00") {
			return t, f
		}
	}
	return nil, nil
}

func (x *Tx) foreignColumns(table string, id int64) (cols []string) {
	st, err := x.Conn.Prepare("select \"from\" from pragma_foreign_key_list(?1) where id = ?2 order by seq")
	if err != nil {
		return nil
	}
	defer st.Release()
	st.BindText(1, table)
	st.BindInt(2, id)
	for {
		more, err := st.Step()
		if err != nil || !more {
			return cols
		}
		cols = append(cols, st.ColumnString(0))
	}
}

// violation is the fault of a child row without a parent.
func (x *Tx) violation(b broken, role string) error {
	out := fault.SQL("23503", "insert or update on table \"%s\" violates foreign key constraint \"%s\"", b.table.Name, b.key.Name)
	key := "Key"
	if x.mayShow(b.table, b.key.Cols, role) {
		key += " (" + strings.Join(b.key.Cols, ", ") + ")=(" + strings.Join(b.vals, ", ") + ")"
	}
	out.Detail = key + " is not present in table \"" + b.key.RefTable + "\"."
	out.Schema, out.Table, out.Constraint = b.table.Schema, b.table.Name, b.key.Name
	return out
}

// referenced is the fault of a parent that rows still refer to.
func (x *Tx) referenced(b broken, role string) error {
	f := b.key
	out := fault.SQL("23503", "update or delete on table \"%s\" violates foreign key constraint \"%s\" on table \"%s\"", f.RefTable, f.Name, b.table.Name)
	key := "Key"
	parent := x.Catalog.Schemas[f.RefSchema].Tables[f.RefTable]
	if x.mayShow(parent, f.RefCols, role) {
		key += " (" + strings.Join(f.RefCols, ", ") + ")=(" + strings.Join(b.vals, ", ") + ")"
	}
	out.Detail = key + " is still referenced from table \"" + b.table.Name + "\"."
	out.Schema, out.Table, out.Constraint = b.table.Schema, b.table.Name, f.Name
	return out
}

// mayShow reports whether a role may see the values of a key: never under policies.
// At a transaction's end the role is unknown.
func (x *Tx) mayShow(t *catalog.Table, cols []string, role string) bool {
	if role == "" {
		return !t.RLS
	}
	if !policy.Bypasses(x.Catalog, role, t) {
		return false
	}
	return !slices.ContainsFunc(cols, func(c string) bool { return !x.Catalog.HasPrivilege(role, t, "select", c) })
}

// stillReferenced is the fault of RESTRICT.
func (r *run) stillReferenced(rel *relation, a *action, old []value.Value) error {
	b := broken{table: a.table, key: a.key}
	for _, c := range a.refs {
		b.vals = append(b.vals, value.TextOf(rel.cols[c].Type, old[c], nil))
	}
	return r.a.Tx.referenced(b, r.a.Role)
}

func (x *Tx) foreignValues(t *catalog.Table, f *catalog.Foreign, rowid int64) []string {
	out := make([]string, len(f.Cols))
	list := make([]string, len(f.Cols))
	for i, c := range f.Cols {
		list[i] = heap.Quote(c)
	}
	st, err := x.Conn.Prepare("select " + strings.Join(list, ",") + " from " + heap.Quote(schema.TableName(t)) + " where rowid = " + strconv.FormatInt(rowid, 10))
	if err != nil {
		return out
	}
	defer st.Release()
	if more, err := st.Step(); err != nil || !more {
		return out
	}
	for i, c := range f.Cols {
		ty := t.Columns[t.Column(c)].Type
		v, err := value.Load(ty, heap.Value(st, i))
		if err == nil {
			out[i] = value.TextOf(ty, v, nil)
		}
	}
	return out
}
