package sqlite

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite/exec"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// utility is what a request or a function may do besides reading and writing rows:
// REFRESH MATERIALIZED VIEW, and ALTER SEQUENCE … RESTART.
func (t *tx) utility(a *exec.Actor, st pgsql.Stmt) error {
	if seq, ok := st.(*pgsql.CreateSequence); ok && restarts(seq) {
		return t.restart(a, seq)
	}
	ref, ok := st.(*pgsql.Refresh)
	if !ok {
		return fault.SQL("0A000", "the schema is changed by migrations only on SQLite").
			WithHint("Move the statement into a migration; a DO block there may run it.")
	}
	view, ok := t.x.Catalog.Table(a.Path, ref.Name)
	if !ok {
		return fault.SQL("42P01", "relation \"%s\" does not exist", ref.Name.Name)
	}
	if view.Kind != catalog.MatView {
		return fault.SQL("0A000", "\"%s\" is not a materialized view", ref.Name.Name)
	}
	if a.Role != view.Owner && !t.x.Catalog.IsSuper(a.Role) {
		return fault.SQL("42501", "must be owner of materialized view %s", view.Name)
	}
	return t.refresh(view)
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
		if err := r.tx.refresh(t); err != nil {
			return err
		}
	}
	return nil
}

// refresh computes a materialized view anew, as its owner.
func (t *tx) refresh(view *catalog.Table) error {
	s := &db.Session{Role: view.Owner, Settings: map[string]string{"search_path": strings.Join(view.ViewDef.SearchPath, ",")}}
	p, err := t.compileStmt(s, view.ViewDef.Query)
	if err != nil {
		return err
	}
	cur, err := t.run(s, p, nil, nil)
	if err != nil {
		return err
	}
	var rows [][]value.Value
	for cur.Next() {
		row := make([]value.Value, len(view.Columns))
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
	if err := run(t.x.Conn, "delete from "+schema.Quote(schema.TableName(view))); err != nil {
		return err
	}
	return fill(t.x.Conn, view, rows)
}

func fill(c *lite.Conn, t *catalog.Table, rows [][]value.Value) error {
	marks := make([]string, len(t.Columns))
	for i := range marks {
		marks[i] = "?" + strconv.Itoa(i+1)
	}
	st, err := c.Prepare("insert into " + schema.Quote(schema.TableName(t)) + " values (" + strings.Join(marks, ",") + ")")
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
