package exec

import (
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
	"github.com/plinth-dev/plinth/internal/value"
)

// SQLite carries out cascades itself, past policies, as Postgres does past RLS. Rows
// that it touched stand in the change log; from there their AFTER triggers are
// queued. BEFORE triggers don't run for cascaded rows.

const (
	sqlLogEnd    = `select coalesce(max(seq), 0) from _changes`
	sqlCascaded  = `select tbl, op, old, new from _changes where seq > ?1 order by seq`
	maxFollowing = 64 // tables of one chain of cascades
)

// cascading reports whether a write to t may cascade to a table with AFTER triggers.
func cascading(cat *catalog.Catalog, t *catalog.Table) bool {
	seen := map[int]bool{t.ID: true}
	todo := []*catalog.Table{t}
	for len(todo) > 0 && len(seen) < maxFollowing {
		next := todo[0]
		todo = todo[1:]
		for _, ref := range cat.Referencing(next) {
			if !acts(ref.Foreign) {
				continue
			}
			for _, tr := range ref.Table.Triggers {
				if tr.Timing == "after" && !tr.Disabled {
					return true
				}
			}
			if !seen[ref.Table.ID] {
				seen[ref.Table.ID] = true
				todo = append(todo, ref.Table)
			}
		}
	}
	return false
}

func acts(f *catalog.Foreign) bool {
	for _, action := range []string{f.OnDelete, f.OnUpdate} {
		if action == "cascade" || action == "set null" || action == "set default" {
			return true
		}
	}
	return false
}

// following runs a write of one row and queues the AFTER triggers of the rows that
// it cascades to.
func (r *run) following(rel *relation, write func() error) error {
	if !rel.cascades {
		return write()
	}
	from, err := r.logEnd()
	if err != nil {
		return err
	}
	if err := write(); err != nil {
		return err
	}
	events, err := r.cascaded(rel, from)
	for _, ev := range events {
		other, rerr := r.a.Tx.Cache.relation(r.a.Tx.Catalog, ev.table)
		if rerr != nil {
			return rerr
		}
		r.after(other, ev.op, ev.old, ev.new)
	}
	return err
}

func (r *run) logEnd() (int64, error) {
	st, err := r.a.Tx.Conn.Prepare(sqlLogEnd)
	if err != nil {
		return 0, lite.Fault(err)
	}
	defer st.Release()
	_, err = st.Step()
	return st.ColumnInt(0), lite.Fault(err)
}

// logged is one row of the change log.
type logged struct {
	table    *catalog.Table
	op       string
	old, new []value.Value
}

// cascaded reads what the log got since from, but for the row that was written
// itself: the one entry of its own table that SQLite's trigger made last.
func (r *run) cascaded(rel *relation, from int64) ([]logged, error) {
	st, err := r.a.Tx.Conn.Prepare(sqlCascaded)
	if err != nil {
		return nil, lite.Fault(err)
	}
	defer st.Release()
	st.BindInt(1, from)
	var out []logged
	own := -1
	for {
		more, err := st.Step()
		if err != nil {
			return nil, lite.Fault(err)
		}
		if !more {
			break
		}
		t, ok := r.a.Tx.Catalog.TableByID(int(st.ColumnInt(0)))
		if !ok {
			continue
		}
		ev, err := readLogged(st, t)
		if err != nil {
			return nil, err
		}
		if t.ID == rel.table.ID {
			own = len(out)
		}
		out = append(out, ev)
	}
	if own >= 0 {
		out = append(out[:own], out[own+1:]...)
	}
	return out, nil
}

func readLogged(st *lite.Stmt, t *catalog.Table) (logged, error) {
	ev := logged{table: t, op: [...]string{"", "insert", "update", "delete", ""}[st.ColumnInt(1)&3]}
	old, err := value.Load(t.RowType(), stored(st, 2))
	if err != nil {
		return ev, err
	}
	fresh, err := value.Load(t.RowType(), stored(st, 3))
	ev.old, ev.new = old.L, fresh.L
	return ev, err
}
