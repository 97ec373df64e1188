package exec

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/heap"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// truncate empties tables. It asks for its own privilege and no policy, and fires the
// triggers of TRUNCATE alone, as in Postgres.
func (a *Actor) truncate(st *pgsql.Truncate) error {
	tables, err := a.truncated(st)
	if err != nil {
		return err
	}
	r := &run{a: a}
	r.ec = r.eval()
	for _, t := range tables {
		if err := r.truncateTriggers(t, "before"); err != nil {
			return err
		}
	}
	for _, t := range tables {
		if err := a.empty(t, st.RestartIdentity); err != nil {
			return err
		}
	}
	for _, t := range tables {
		if err := r.truncateTriggers(t, "after"); err != nil {
			return err
		}
	}
	return nil
}

// truncated lists the tables that a TRUNCATE means; with CASCADE those that refer to
// them too.
func (a *Actor) truncated(st *pgsql.Truncate) ([]*catalog.Table, error) {
	cat := a.Tx.Catalog
	var tables []*catalog.Table
	for _, id := range st.Tables {
		t, ok := cat.Table(a.Path, id)
		if !ok {
			return nil, fault.SQL("42P01", "relation \"%s\" does not exist", id.Name)
		}
		if t.Kind != catalog.Base {
			return nil, fault.SQL("42809", "\"%s\" is not a table", t.Name)
		}
		tables = append(tables, t)
	}
	for i := 0; i < len(tables); i++ {
		t := tables[i]
		if !cat.HasPrivilege(a.Role, t, "truncate", "") {
			return nil, fault.SQL("42501", "permission denied for table %s", t.Name)
		}
		for _, ref := range cat.Referencing(t) {
			switch {
			case slices.Contains(tables, ref.Table):
			case st.Cascade:
				tables = append(tables, ref.Table)
			default:
				return nil, fault.SQL("0A000", "cannot truncate a table referenced in a foreign key constraint").
					WithDetail("Table \"" + ref.Table.Name + "\" references \"" + t.Name + "\".").
					WithHint("Truncate table \"" + ref.Table.Name + "\" at the same time, or use TRUNCATE ... CASCADE.")
			}
		}
	}
	return tables, nil
}

func (r *run) truncateTriggers(t *catalog.Table, timing string) error {
	rel, err := r.a.Tx.Cache.relation(r.a.Tx.Catalog, t)
	if err != nil {
		return err
	}
	for _, tr := range rel.triggers {
		if tr.def.ForEachRow || !tr.matches(timing, "truncate", nil) {
			continue
		}
		if _, _, err := r.fire(&Event{Table: t, Trigger: tr.def, Op: "truncate", compiled: tr}); err != nil {
			return err
		}
	}
	return nil
}

// empty deletes a table's rows; a key that is checked at once would meet rows of other
// tables that go too, but all keys are declared deferred in the file.
func (a *Actor) empty(t *catalog.Table, restart bool) error {
	conn := a.Tx.Conn
	if err := conn.Exec("delete from " + heap.Quote(schema.TableName(t))); err != nil {
		return lite.Fault(err)
	}
	if !restart {
		return nil
	}
	for _, c := range t.Columns {
		if c.Sequence == nil {
			continue
		}
		st, err := conn.Prepare(`delete from _sequences where name = ?1`)
		if err != nil {
			return lite.Fault(err)
		}
		st.BindText(1, c.Sequence.Schema+"."+c.Sequence.Name)
		err = st.Run()
		st.Release()
		if err != nil {
			return lite.Fault(err)
		}
	}
	return nil
}
