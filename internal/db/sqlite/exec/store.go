package exec

import (
	"errors"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/db/sqlite/heap"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// insertRow writes a new row and queues what follows.
func (r *run) insertRow(rel *relation, row []value.Value) error {
	st, err := r.a.Tx.Conn.Prepare(rel.store.Insert)
	if err != nil {
		return lite.Fault(err)
	}
	defer st.Release()
	for i, v := range row {
		heap.Bind(st, i+1, value.Store(rel.cols[i].Type, v), rel.store.Blobs[i])
	}
	if err := r.named(rel, -1, row, st.Run()); err != nil {
		return err
	}
	r.after(rel, due{op: "insert", id: r.a.Tx.Conn.LastInsertRowID(), row: row})
	return nil
}

// updateRow writes the columns of row that differ from old. A row that differs in
// nothing is written all the same, so that its change is logged.
func (r *run) updateRow(rel *relation, id int64, old, row []value.Value) error {
	r.a.Tx.strikes(spot{rel.table.ID, id})
	var set []string
	var at []int
	for i := range row {
		if rel.table.Columns[i].Generated == nil && same(old[i], row[i]) && (i < len(row)-1 || len(at) > 0) {
			continue
		}
		at = append(at, i)
		set = append(set, heap.Quote(rel.cols[i].Name)+"=?"+strconv.Itoa(len(at)+1))
	}
	st, err := r.a.Tx.Conn.Prepare("update or fail " + rel.store.Name + " set " + strings.Join(set, ",") + " where rowid=?1")
	if err != nil {
		return lite.Fault(err)
	}
	defer st.Release()
	st.BindInt(1, id)
	for n, i := range at {
		heap.Bind(st, n+2, value.Store(rel.cols[i].Type, row[i]), rel.store.Blobs[i])
	}
	if err := r.named(rel, id, row, st.Run()); err != nil {
		return err
	}
	if rel.key >= 0 {
		id = row[rel.key].I
	}
	r.after(rel, due{op: "update", id: id, old: old, row: row})
	return nil
}

func (r *run) deleteRow(rel *relation, id int64, old []value.Value) error {
	r.a.Tx.strikes(spot{rel.table.ID, id})
	st, err := r.a.Tx.Conn.Prepare(rel.store.Remove)
	if err != nil {
		return lite.Fault(err)
	}
	defer st.Release()
	st.BindInt(1, id)
	if err := r.named(rel, id, nil, st.Run()); err != nil {
		return err
	}
	r.after(rel, due{op: "delete", id: id, old: old})
	return nil
}

// same reports whether two values are written alike.
func same(a, b value.Value) bool {
	if a.Tag != b.Tag {
		return false
	}
	switch a.Tag {
	case value.IsInt:
		return a.I == b.I
	case value.IsStr:
		return a.S == b.S
	case value.Null:
		return true
	}
	return false // rarer kinds are written again, which costs little
}

// named turns SQLite's constraint errors into Postgres'.
func (r *run) named(rel *relation, id int64, row []value.Value, err error) error {
	e, ok := errors.AsType[*lite.Error](err)
	if !ok {
		return err
	}
	switch e.Code {
	case lite.ConstraintUnique, lite.ConstraintPrimaryKey, lite.ConstraintRowID:
		return r.duplicate(rel, id, row, e.Msg)
	case lite.ConstraintForeignKey:
		return fault.SQL("23503", "update or delete on table \"%s\" violates a foreign key constraint", rel.table.Name)
	}
	return lite.Fault(err)
}

// duplicate names the unique key that SQLite's message lists by its columns.
func (r *run) duplicate(rel *relation, id int64, row []value.Value, msg string) error {
	_, list, _ := strings.Cut(msg, "failed: ")
	for _, k := range rel.keys {
		if !listed(rel, k, list) && !r.taken(rel, k, id, row) {
			continue
		}
		f := fault.SQL("23505", "duplicate key value violates unique constraint \"%s\"", k.name)
		f.Schema, f.Table, f.Constraint = rel.table.Schema, rel.table.Name, k.name
		if row != nil && r.a.Tx.mayShow(rel.table, k.names(rel), r.a.Role) {
			f.Detail = keyDetail(rel, k, row)
		}
		return f
	}
	return fault.SQL("23505", "duplicate key value violates a unique constraint of table \"%s\"", rel.table.Name)
}

// taken reports whether another row has row's value of a key of plain columns: of
// several violated keys Postgres names the first, SQLite any.
func (r *run) taken(rel *relation, k uniqueKey, id int64, row []value.Value) bool {
	conds := []string{"rowid <> " + strconv.FormatInt(id, 10)}
	for i, c := range k.cols {
		if c < 0 || row == nil || row[c].IsNull() {
			return false
		}
		conds = append(conds, heap.Quote(rel.cols[c].Name)+" = ?"+strconv.Itoa(i+1))
	}
	if k.where != nil {
		return false
	}
	st, err := r.a.Tx.Conn.Prepare("select 1 from " + rel.store.Name + " where " + strings.Join(conds, " and "))
	if err != nil {
		return false
	}
	defer st.Release()
	for i, c := range k.cols {
		heap.Bind(st, i+1, value.Store(rel.cols[c].Type, row[c]), rel.store.Blobs[c])
	}
	found, err := st.Step()
	return err == nil && found
}

// listed reports whether SQLite's list of columns, or name of an index, is k.
func listed(rel *relation, k uniqueKey, list string) bool {
	prefix := schema.TableName(rel.table) + "."
	parts := make([]string, len(k.cols))
	for i, c := range k.cols {
		if c < 0 {
			return strings.Contains(list, "index '"+schema.IndexName(rel.table, k.name)+"'")
		}
		parts[i] = prefix + rel.cols[c].Name
	}
	return list == strings.Join(parts, ", ")
}

// names are the key's plain columns.
func (k uniqueKey) names(rel *relation) (out []string) {
	for _, c := range k.cols {
		if c >= 0 {
			out = append(out, rel.cols[c].Name)
		}
	}
	return out
}

// keyDetail is "Key (a, b)=(1, 2) already exists."
func keyDetail(rel *relation, k uniqueKey, row []value.Value) string {
	names, vals := make([]string, len(k.cols)), make([]string, len(k.cols))
	for i, c := range k.cols {
		if c < 0 {
			return ""
		}
		names[i] = rel.cols[c].Name
		vals[i] = value.TextOf(rel.cols[c].Type, row[c], nil)
		if row[c].IsNull() {
			vals[i] = "null"
		}
	}
	return "Key (" + strings.Join(names, ", ") + ")=(" + strings.Join(vals, ", ") + ") already exists."
}
