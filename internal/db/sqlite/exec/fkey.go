package exec

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// SQLite holds every foreign key as deferred and says only that some row violates
// some key. Whose constraint it is, and whether it may wait, is found out here.

// Unresolved names a foreign key that the transaction leaves violated, for its end.
func Unresolved(c *lite.Conn, cat *catalog.Catalog) error {
	x := &Tx{Link: Link{Conn: c}, Catalog: cat}
	return x.foreignKeys(true)
}

// foreignKeys returns the fault of a violated key. Those that are deferred count
// only at the transaction's end.
func (x *Tx) foreignKeys(end bool) error {
	st, err := x.Conn.Prepare("select \"table\", rowid, \"parent\", fkid from pragma_foreign_key_check()")
	if err != nil {
		return lite.Fault(err)
	}
	defer st.Release()
	for {
		more, err := st.Step()
		if err != nil || !more {
			return lite.Fault(err)
		}
		t, f := x.violated(st)
		if t == nil || f.InitiallyDeferred && !end {
			continue
		}
		return x.violation(t, f, st.ColumnInt(1))
	}
}

// violated finds the catalogue's key for a row of foreign_key_check.
func (x *Tx) violated(st *lite.Stmt) (*catalog.Table, *catalog.Foreign) {
	name := st.ColumnString(0)
	schema, table, ok := strings.Cut(name, ".")
	s := x.Catalog.Schemas[schema]
	if !ok || s == nil || s.Tables[table] == nil {
		return nil, nil
	}
	t := s.Tables[table]
	cols := x.foreignColumns(name, st.ColumnInt(3))
	for _, f := range t.Foreign {
		if f.RefSchema+"."+f.RefTable == st.ColumnString(2) && strings.Join(f.Cols, "\x00") == strings.Join(cols, "\x00") {
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

// violation is the fault of a child row without a parent. It is the parent's fault
// where the parent was there before the statement; SQLite does not tell, so the
// child's row decides: one that this transaction wrote is the cause.
func (x *Tx) violation(t *catalog.Table, f *catalog.Foreign, rowid int64) error {
	vals := x.foreignValues(t, f, rowid)
	key := "(" + strings.Join(f.Cols, ", ") + ")=(" + strings.Join(vals, ", ") + ")"
	out := fault.SQL("23503", "insert or update on table \"%s\" violates foreign key constraint \"%s\"", t.Name, f.Name).
		WithDetail("Key " + key + " is not present in table \"" + f.RefTable + "\".")
	if x.parentLeft(f) {
		ref := "(" + strings.Join(f.RefCols, ", ") + ")=(" + strings.Join(vals, ", ") + ")"
		out = fault.SQL("23503", "update or delete on table \"%s\" violates foreign key constraint \"%s\" on table \"%s\"", f.RefTable, f.Name, t.Name).
			WithDetail("Key " + ref + " is still referenced from table \"" + t.Name + "\".")
	}
	out.Schema, out.Table, out.Constraint = t.Schema, t.Name, f.Name
	return out
}

// parentLeft reports whether the running statement wrote the parent's table.
func (x *Tx) parentLeft(f *catalog.Foreign) bool {
	return x.wrote != nil && x.wrote.Schema == f.RefSchema && x.wrote.Name == f.RefTable
}

func (x *Tx) foreignValues(t *catalog.Table, f *catalog.Foreign, rowid int64) []string {
	out := make([]string, len(f.Cols))
	list := make([]string, len(f.Cols))
	for i, c := range f.Cols {
		list[i] = quote(c)
	}
	st, err := x.Conn.Prepare("select " + strings.Join(list, ",") + " from " + quote(t.Schema+"."+t.Name) + " where rowid = " + strconv.FormatInt(rowid, 10))
	if err != nil {
		return out
	}
	defer st.Release()
	if more, err := st.Step(); err != nil || !more {
		return out
	}
	for i, c := range f.Cols {
		ty := t.Columns[t.Column(c)].Type
		v, err := value.Load(ty, stored(st, i))
		if err == nil {
			out[i] = value.TextOf(ty, v, nil)
		}
	}
	return out
}
