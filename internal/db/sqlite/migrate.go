package sqlite

import (
	"errors"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/heap"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/eval"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// migration brings the file from one catalogue to the next, which one statement made.
type migration struct {
	r         *scriptRun
	old, next *catalog.Catalog
	st        pgsql.Stmt
}

func (m *migration) run() error {
	steps, err := schema.Diff(m.old, m.next, m.r.printer(m.next))
	if err != nil {
		return err
	}
	if schema.Rebuilds(steps) && !m.r.rebuild {
		// With foreign keys on, dropping the old table would delete its children.
		m.r.surprised = true
		return fault.SQL("XX000", "the script starts again")
	}
	for _, s := range steps {
		if err := m.step(s); err != nil {
			return err
		}
	}
	return nil
}

func (m *migration) step(s schema.Step) error {
	c := m.r.c
	if s.Notice != nil {
		m.r.notices = append(m.r.notices, *s.Notice)
	}
	if s.SQL != "" {
		if err := c.Exec(s.SQL); err != nil {
			return m.failed(s, err)
		}
	}
	if s.Probe != "" {
		if found, err := exists(c, s.Probe); err != nil || found {
			return errors.Join(err, s.Fault)
		}
	}
	switch {
	case s.Backfill != 0:
		return m.backfill(s)
	case s.Convert != nil:
		return m.convert(s.Convert)
	case s.Check != "":
		return m.check(s)
	}
	return nil
}

// failed turns SQLite's error of a step into Postgres'.
func (m *migration) failed(s schema.Step, err error) error {
	var e *lite.Error
	if !errors.As(err, &e) || e.Code.Primary() != lite.Constraint {
		return lite.Fault(err)
	}
	key := s.Unique
	if t, terr := m.table(s.Table); key == "" && terr == nil && t.PrimaryKey() != nil {
		key = t.PrimaryKey().Name // the rowid itself
	}
	f := fault.SQL("23505", "could not create unique index \"%s\"", key)
	f.Constraint = key
	return f.WithCause(err)
}

func exists(c *lite.Conn, sql string) (bool, error) {
	st, err := c.Prepare(sql)
	if err != nil {
		return false, lite.Fault(err)
	}
	defer st.Release()
	row, err := st.Step()
	return row, lite.Fault(err)
}

// table finds the new form of the table that a step concerns.
func (m *migration) table(name string) (*catalog.Table, error) {
	for _, t := range m.next.AllTables() {
		if schema.TableName(t) == name {
			return t, nil
		}
	}
	return nil, fault.SQL("XX000", "no table for a step of the migration").WithDetail(name)
}

// expression computes one expression over rows of a table.
type expression struct {
	m   *migration
	rel *bind.Rel
	x   bind.Expr
	row []value.Value
	ec  *eval.Ctx
}

func (m *migration) over(cat *catalog.Catalog, t *catalog.Table) *expression {
	e := &expression{m: m, rel: row(t, t.Name)}
	actor := m.r.actor(cat)
	e.ec = &eval.Ctx{
		Env: actor.Env, Row: func(*bind.Rel) []value.Value { return e.row },
		User: func(f *catalog.Function, args []value.Value) (value.Value, error) {
			rows, err := actor.Call(f, args)
			if err != nil || len(rows) == 0 || len(rows[0]) == 0 {
				return value.Value{}, err
			}
			return rows[0][0], nil
		},
	}
	return e
}

// bind makes the expression one of want, or of any type where want is nil.
func (e *expression) bind(cat *catalog.Catalog, x pgsql.Expr, want *value.Type) error {
	var err error
	e.x, err = bind.Over(&bind.Config{Catalog: cat, SearchPath: e.m.r.session.SearchPath}, e.rel, x, want)
	return err
}

// eachRow calls f with the values and the rowid of each row of a SQLite table that has
// t's columns, or those of them that are there. Rows are gathered first: f writes.
func (e *expression) eachRow(name string, f func(rowid int64) error) error {
	t := e.rel.Table
	sql := "select " + schema.RowID(t)
	for _, c := range t.Columns {
		sql += ", " + schema.Quote(c.Name)
	}
	st, err := e.m.r.c.Prepare(sql + " from " + schema.Quote(name) + " where " + schema.RowID(t) + " > ?1 order by 1 limit 200")
	if err != nil {
		return lite.Fault(err)
	}
	defer st.Release()
	for last, more := int64(-1<<63), true; more; {
		st.Reset()
		st.BindInt(1, last)
		ids, rows, err := gather(st, t)
		if err != nil {
			return err
		}
		more = len(ids) > 0
		for i, id := range ids {
			last, e.row = id, rows[i]
			if err := f(id); err != nil {
				return err
			}
		}
	}
	return nil
}

func gather(st *lite.Stmt, t *catalog.Table) (ids []int64, rows [][]value.Value, err error) {
	for {
		more, err := st.Step()
		if err != nil || !more {
			return ids, rows, lite.Fault(err)
		}
		row := make([]value.Value, len(t.Columns))
		for i, c := range t.Columns {
			if row[i], err = value.Load(c.Type, heap.Value(st, i+1)); err != nil {
				return nil, nil, err
			}
		}
		ids, rows = append(ids, st.ColumnInt(0)), append(rows, row)
	}
}

// put stores one column of one row.
func (m *migration) put(table string, rowid int64, c column, v value.Value) error {
	st, err := m.r.c.Prepare("update " + schema.Quote(table) + " set " + schema.Quote(c.name) + " = ?1 where " + c.rowid + " = ?2")
	if err != nil {
		return lite.Fault(err)
	}
	defer st.Release()
	bindValue(st, 1, c.t, v)
	st.BindInt(2, rowid)
	return lite.Fault(st.Run())
}

type column struct {
	name, rowid string
	t           *value.Type
}

// backfill gives existing rows the value of a new column.
func (m *migration) backfill(s schema.Step) error {
	t, err := m.table(s.Table)
	if err != nil {
		return err
	}
	c := t.ColumnByID(s.Backfill)
	e := m.over(m.next, t)
	source := c.Default
	if c.Generated != nil {
		source = c.Generated
	}
	numbered := c.Sequence != nil && (c.Identity != "" || source == nil)
	if !numbered && source == nil {
		return nil
	}
	if !numbered {
		if err := e.bind(m.next, source, c.Type); err != nil {
			return err
		}
	}
	actor := m.r.actor(m.next)
	return e.eachRow(s.Table, func(id int64) error {
		var v value.Value
		var err error
		if numbered {
			v.Tag = value.IsInt
			v.I, err = actor.NextVal(c.Sequence)
		} else {
			v, err = eval.Expr(e.ec, e.x)
		}
		if err != nil {
			return err
		}
		return m.put(s.Table, id, column{c.Name, schema.RowID(t), c.Type}, v)
	})
}

// convert changes the type of a column's stored values.
func (m *migration) convert(cv *schema.Convert) error {
	using := m.using(cv)
	if using == nil && cv.Same {
		return nil
	}
	old, ok := m.old.TableByID(cv.TableID)
	next, ok2 := m.next.TableByID(cv.TableID)
	if !ok || !ok2 {
		return fault.SQL("XX000", "no table for a conversion")
	}
	e := m.over(m.old, old)
	if using == nil {
		using = &pgsql.Column{Parts: []string{cv.OldColumn}}
	}
	if err := e.bind(m.next, using, cv.NewType); err != nil {
		return err
	}
	return e.eachRow(cv.From, func(id int64) error {
		v, err := eval.Expr(e.ec, e.x)
		if err != nil {
			return err
		}
		return m.put(cv.To, id, column{cv.Column, schema.RowID(next), cv.NewType}, v)
	})
}

// using returns the USING expression of the statement for a column.
func (m *migration) using(cv *schema.Convert) pgsql.Expr {
	st, ok := m.st.(*pgsql.AlterTable)
	if !ok {
		return nil
	}
	for _, a := range st.Actions {
		if a.Do == "set type" && (a.Name == cv.OldColumn || a.Name == cv.Column) {
			return a.X
		}
	}
	return nil
}

// check looks whether existing rows satisfy a new check constraint.
func (m *migration) check(s schema.Step) error {
	t, err := m.table(s.Table)
	if err != nil {
		return err
	}
	k := t.CheckConstraint(s.Check)
	if k == nil {
		return nil
	}
	e := m.over(m.next, t)
	if err := e.bind(m.next, k.X, value.TBool); err != nil {
		return err
	}
	return e.eachRow(s.Table, func(int64) error {
		v, err := eval.Expr(e.ec, e.x)
		if err != nil || v.IsNull() || v.True() {
			return err
		}
		f := fault.SQL("23514", "check constraint \"%s\" of relation \"%s\" is violated by some row", k.Name, t.Name)
		f.Schema, f.Table, f.Constraint = t.Schema, t.Name, k.Name
		return f
	})
}
