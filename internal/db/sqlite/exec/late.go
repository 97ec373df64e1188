package exec

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/heap"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// lateKey is a deferrable unique key: rows may share it until the statement's end, or
// the transaction's. Its index in the file is not unique.
type lateKey struct {
	def  *catalog.Key
	cols []int
	find string // how many rows have the key
}

func newLateKeys(t *catalog.Table) (out []*lateKey) {
	for _, k := range t.Keys {
		if !k.Deferrable {
			continue
		}
		match := equalTo(k.Cols)
		if k.NullsNotDistinct {
			match = strings.ReplaceAll(match, " = ?", " is ?")
		}
		l := &lateKey{def: k, find: "select count(*) from " + heap.Quote(schema.TableName(t)) + " where " + match}
		for _, c := range k.Cols {
			l.cols = append(l.cols, t.Column(c))
		}
		out = append(out, l)
	}
	return out
}

// askLate fails where another row has a written row's key.
func (r *run) askLate(d *due) error {
	if d.op == "delete" {
		return nil
	}
	for _, k := range d.rel.late {
		if d.op == "update" && !slices.ContainsFunc(k.cols, func(c int) bool { return !same(d.old[c], d.row[c]) }) {
			continue
		}
		err := r.shared(d, k)
		if err != nil && k.def.InitiallyDeferred && fault.From(err).Code == "23505" {
			err = r.a.Tx.defers(deferred{actor: d.actor, key: func(r *run) error { return r.shared(d, k) }})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// shared is the fault of a key that several rows have.
func (r *run) shared(d *due, k *lateKey) error {
	st, err := r.a.Tx.Conn.Prepare(k.find)
	if err != nil {
		return lite.Fault(err)
	}
	defer st.Release()
	for i, c := range k.cols {
		if d.row[c].IsNull() && !k.def.NullsNotDistinct {
			return nil
		}
		heap.Bind(st, i+1, value.Store(d.rel.cols[c].Type, d.row[c]), d.rel.store.Blobs[c])
	}
	if _, err := st.Step(); err != nil || st.ColumnInt(0) < 2 {
		return lite.Fault(err)
	}
	t := d.rel.table
	f := fault.SQL("23505", "duplicate key value violates unique constraint \"%s\"", k.def.Name)
	f.Schema, f.Table, f.Constraint = t.Schema, t.Name, k.def.Name
	if r.a.Tx.mayShow(t, k.def.Cols, r.a.Role) {
		f.Detail = keyDetail(d.rel, uniqueKey{cols: k.cols}, d.row)
	}
	return f
}
