package sqlite

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// refreshNamed is REFRESH MATERIALIZED VIEW.
func (r *scriptRun) refreshNamed(id pgsql.Ident) error {
	t, ok := r.tx.x.Catalog.Table(r.session.SearchPath, id)
	if !ok {
		return fault.SQL("42P01", "relation \"%s\" does not exist", id.Name)
	}
	if t.Kind != catalog.MatView {
		return fault.SQL("0A000", "\"%s\" is not a materialized view", id.Name)
	}
	return r.refresh(t)
}

// fillNew computes the materialized views that old does not have.
func (r *scriptRun) fillNew(old *catalog.Catalog) error {
	for _, t := range r.tx.x.Catalog.AllTables() {
		if t.Kind != catalog.MatView {
			continue
		}
		if _, known := old.TableByID(t.ID); known {
			continue
		}
		if err := r.refresh(t); err != nil {
			return err
		}
	}
	return nil
}

// refresh computes a materialized view anew, as its owner.
func (r *scriptRun) refresh(t *catalog.Table) error {
	s := &db.Session{Role: t.Owner, Settings: map[string]string{"search_path": strings.Join(t.ViewDef.SearchPath, ",")}}
	p, err := r.tx.compileStmt(s, t.ViewDef.Query)
	if err != nil {
		return err
	}
	cur, err := r.tx.run(s, p, nil, nil)
	if err != nil {
		return err
	}
	var rows [][]value.Value
	for cur.Next() {
		row := make([]value.Value, len(t.Columns))
		for i := range row {
			row[i] = cur.Value(i)
		}
		rows = append(rows, row)
	}
	err = cur.Err()
	_ = cur.Close() // it was read to its end
	if err != nil {
		return err
	}
	if err := run(r.c, "delete from "+schema.Quote(schema.TableName(t))); err != nil {
		return err
	}
	return r.fill(t, rows)
}

func (r *scriptRun) fill(t *catalog.Table, rows [][]value.Value) error {
	marks := make([]string, len(t.Columns))
	for i := range marks {
		marks[i] = "?" + strconv.Itoa(i+1)
	}
	st, err := r.c.Prepare("insert into " + schema.Quote(schema.TableName(t)) + " values (" + strings.Join(marks, ",") + ")")
	if err != nil {
		return lite.Fault(err)
	}
	defer st.Release()
	for _, row := range rows {
		for i, v := range row {
			bindValue(st, i+1, t.Columns[i].Type, v)
		}
		if err := st.Run(); err != nil {
			return lite.Fault(err)
		}
	}
	return nil
}

// bindValue binds a datum in its storage form.
func bindValue(st *lite.Stmt, i int, t *value.Type, v value.Value) {
	v = value.Store(t, v)
	switch {
	case v.IsNull():
		st.BindNull(i)
	case v.Tag == value.IsInt:
		st.BindInt(i, v.I)
	case v.Tag == value.IsFloat:
		st.BindFloat(i, v.F)
	case value.StoredBlob(t):
		st.BindBlob(i, []byte(v.S))
	default:
		st.BindText(i, v.S)
	}
}
