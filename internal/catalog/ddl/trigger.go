package ddl

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

func (e *editor) createTrigger(st *pgsql.CreateTrigger) error {
	t, err := e.relation(st.Table)
	if err != nil {
		return err
	}
	t = e.edit(t)
	if err := e.mayTrigger(t, st); err != nil {
		return err
	}
	fn, err := e.triggerFunction(st.Func)
	if err != nil {
		return err
	}
	for _, col := range st.UpdateOf {
		if t.Column(col) < 0 {
			return errNoColumn(col, t.Name)
		}
	}
	old := t.Trigger(st.Name)
	if old != nil && !st.Replace {
		return fault.SQL("42710", "trigger \"%s\" for relation \"%s\" already exists", st.Name, t.Name)
	}
	tr := &catalog.Trigger{
		Name: st.Name, Timing: st.Timing, Events: slices.Clone(st.Events), UpdateOf: slices.Clone(st.UpdateOf),
		ForEachRow: st.ForEachRow, FuncSchema: fn.Schema, Func: fn.Name, Args: slices.Clone(st.Args),
		OldTable: st.OldTable, NewTable: st.NewTable, Deferrable: st.Deferrable, Deferred: st.Deferred,
	}
	tr.When = e.qualified(st.When, scope.Rel{Name: "new", T: t}, scope.Rel{Name: "old", T: t})
	if old != nil {
		*old = *tr
		tr = old
	} else {
		t.Triggers = append(t.Triggers, tr)
		sortTriggers(t)
	}
	if e.s.Check != nil {
		return e.s.Check.CheckTrigger(e.c, t, tr)
	}
	return nil
}

func (e *editor) mayTrigger(t *catalog.Table, st *pgsql.CreateTrigger) error {
	if !e.isOwner(t.Owner) && !e.c.HasPrivilege(e.s.Role, t, "trigger", "") {
		return fault.SQL("42501", "permission denied for table %s", t.Name)
	}
	insteadOf := st.Timing == "instead of"
	switch {
	case t.Kind == catalog.MatView:
		return fault.SQL("42809", "relation \"%s\" cannot have triggers", t.Name).
			WithDetail("This operation is not supported for materialized views.")
	case t.Kind == catalog.Base && insteadOf:
		return fault.SQL("42809", "\"%s\" is a table", t.Name).WithDetail("Tables cannot have INSTEAD OF triggers.")
	case t.Kind == catalog.View && !insteadOf && st.ForEachRow:
		return fault.SQL("42809", "\"%s\" is a view", t.Name).WithDetail("Views cannot have row-level BEFORE or AFTER triggers.")
	case insteadOf && !st.ForEachRow:
		return fault.SQL("0A000", "INSTEAD OF triggers must be FOR EACH ROW")
	case insteadOf && st.When != nil:
		return fault.SQL("0A000", "INSTEAD OF triggers cannot have WHEN conditions")
	case insteadOf && len(st.UpdateOf) > 0:
		return fault.SQL("0A000", "INSTEAD OF triggers cannot have column lists")
	case st.ForEachRow && slices.Contains(st.Events, "truncate"):
		return fault.SQL("0A000", "TRUNCATE FOR EACH ROW triggers are not supported")
	}
	return nil
}

// triggerBuiltin tells the trigger functions of extensions that the
// engine has itself.
func triggerBuiltin(id pgsql.Ident) bool {
	switch id.Name {
	case "moddatetime":
		return id.Schema == "" || id.Schema == "extensions"
	case "suppress_redundant_updates_trigger", "tsvector_update_trigger":
		return id.Schema == "" || id.Schema == "pg_catalog"
	}
	return false
}

func (e *editor) triggerFunction(id pgsql.Ident) (*catalog.Function, error) {
	for _, f := range e.c.Functions(e.s.SearchPath, id) {
		if len(f.InArgs()) > 0 {
			continue
		}
		if f.Returns == nil || f.Returns.Kind != value.Trigger {
			return nil, fault.SQL("42P17", "function %s must return type trigger", e.shown(f.Schema, f.Name))
		}
		return f, nil
	}
	if triggerBuiltin(id) {
		return &catalog.Function{Schema: "extensions", Name: id.Name}, nil
	}
	return nil, fault.SQL("42883", "function %s() does not exist", written(id))
}
