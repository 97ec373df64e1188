package exec

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog/ddl"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// command compiles a statement that reads and writes no rows by a plan: SET, DO,
// TRUNCATE, and what changes the schema. nil is none of these.
func command(cfg Config, st pgsql.Stmt) (*Prepared, error) {
	p := &Prepared{role: cfg.Role}
	switch st := st.(type) {
	case *pgsql.Select, *pgsql.Insert, *pgsql.Update, *pgsql.Delete, *pgsql.CallProc:
		return nil, nil
	case *pgsql.Set:
		p.other = func(a *Actor) error { return a.set(st) }
	case *pgsql.Do:
		p.other = func(a *Actor) error { return a.do(st) }
	case *pgsql.Truncate:
		p.other = func(a *Actor) error { return a.truncate(st) }
	case *pgsql.Transaction:
		return nil, fault.SQL("0A000", "%s is not supported here", strings.ToUpper(st.Do)).
			WithHint("A request is one transaction; in a function use a block with EXCEPTION.")
	case *pgsql.Notify:
		p.other = func(*Actor) error { return nil } // nobody can listen: changes reach clients through realtime
	default:
		if _, refresh := st.(*pgsql.Refresh); !refresh && !ddl.IsDDL(st) {
			return nil, nil
		}
		p.other = func(a *Actor) error { return a.utility(st) }
	}
	return p, nil
}

func (a *Actor) utility(st pgsql.Stmt) error {
	if a.Tx.Utility == nil {
		return fault.SQL("25006", "cannot change the schema in a read-only transaction")
	}
	return a.Tx.Utility(a, st)
}

// do runs the body of a DO block as a function without arguments.
func (a *Actor) do(st *pgsql.Do) error {
	if st.Language != "" && !strings.EqualFold(st.Language, "plpgsql") {
		return fault.SQL("0A000", "DO blocks are written in plpgsql here, not in %s", st.Language)
	}
	if a.Tx.PL == nil {
		return fault.SQL("0A000", "no interpreter for PL/pgSQL")
	}
	leave, err := a.Enter()
	if err != nil {
		return err
	}
	defer leave()
	return a.Tx.PL.Do(a, st.Body, int(st.BodyPos))
}
