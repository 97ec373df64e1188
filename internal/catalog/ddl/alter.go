package ddl

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// alter is ALTER TABLE, VIEW, INDEX and SEQUENCE with a list of actions.
func (e *editor) alter(st *pgsql.AlterTable) error {
	switch st.What {
	case "index":
		return e.alterIndex(st)
	case "sequence":
		return e.alterSequenceObject(st)
	}
	if _, ok := e.c.Table(e.s.SearchPath, st.Name); !ok {
		if is, _, _ := e.relationKind(st.Name); is == "sequence" {
			return e.alterSequenceObject(st)
		}
		if st.IfExists {
			e.skipping("relation \"%s\" does not exist, skipping", written(st.Name))
			return nil
		}
		if st.Name.Schema != "" && e.c.Schemas[st.Name.Schema] == nil {
			return errNoSchema(st.Name.Schema)
		}
	}
	t, err := e.owned(st.Name)
	if err != nil {
		return err
	}
	e.altering = true
	id := t.ID
	for i := range st.Actions {
		a := &st.Actions[i]
		t, _ = e.c.TableByID(id)
		if err := e.action(e.edit(t), a); err != nil {
			return positioned(err, a)
		}
	}
	t, _ = e.c.TableByID(id)
	return e.checkTable(t)
}

func (e *editor) action(t *catalog.Table, a *pgsql.AlterAction) error {
	if t.Kind != catalog.Base && baseOnly(a.Do) {
		return fault.SQL("42809", "ALTER action %s cannot be performed on relation \"%s\"", actionName(a.Do), t.Name).
			WithDetail("This operation is not supported for " + t.KindName() + "s.")
	}
	switch a.Do {
	case "add column", "drop column", "rename column", "set default", "drop default", "set not null", "drop not null",
		"set type", "add identity", "drop identity", "set identity", "set generated", "drop expression":
		return e.columnAction(t, a)
	case "add constraint", "drop constraint", "validate constraint", "alter constraint", "rename constraint":
		return e.constraintAction(t, a)
	case "rename":
		return e.renameTable(t, a.NewName)
	case "set schema":
		return e.moveTable(t, a.NewName)
	case "enable rls":
		t.RLS = true
	case "disable rls":
		t.RLS = false
	case "force rls":
		t.ForceRLS = true
	case "no force rls":
		t.ForceRLS = false
	case "enable trigger", "disable trigger":
		return switchTriggers(t, a.Name, a.Do == "disable trigger")
	case "owner":
		owner, err := e.roleNamed(a.NewName)
		if err != nil {
			return err
		}
		t.Owner = owner
	case "replica identity":
		return setIdentity(t, a.NewName)
	case "set options", "reset options":
		setOptions(t, a.Params, a.Do == "reset options")
	case "set statistics", "set storage", "cluster":
	default:
		return errUnsupported("Remove the action, or create a new table and copy the rows.", "ALTER TABLE … %s is not supported", a.Do)
	}
	return nil
}

func baseOnly(do string) bool {
	switch do {
	case "rename", "rename column", "set schema", "owner", "set options", "reset options", "set default", "drop default":
		return false
	}
	return true
}

func actionName(do string) string {
	do = strings.ToUpper(do)
	do = strings.ReplaceAll(do, "RLS", "ROW SECURITY")
	switch do {
	case "SET TYPE", "SET NOT NULL", "DROP NOT NULL":
		return "ALTER COLUMN ... " + do
	}
	return do
}

func switchTriggers(t *catalog.Table, name string, off bool) error {
	found := name == "all" || name == "user" || name == ""
	for _, tr := range t.Triggers {
		if name == tr.Name || name == "all" || name == "user" || name == "" {
			tr.Disabled, found = off, true
		}
	}
	if !found {
		return fault.SQL("42704", "trigger \"%s\" for table \"%s\" does not exist", name, t.Name)
	}
	return nil
}

func setIdentity(t *catalog.Table, name string) error {
	switch name {
	case "full", "nothing", "default":
	default:
		if !t.HasIndex(name) {
			return fault.SQL("42704", "index \"%s\" for table \"%s\" does not exist", name, t.Name)
		}
	}
	t.Identity = name
	return nil
}

func setOptions(t *catalog.Table, params map[string]string, reset bool) {
	if t.ViewDef == nil {
		return // storage parameters have no meaning here
	}
	for k, v := range params {
		if reset {
			v = ""
		}
		setViewOption(t.ViewDef, k, v)
	}
}

// constraintAction does what concerns constraints.
func (e *editor) constraintAction(t *catalog.Table, a *pgsql.AlterAction) error {
	switch a.Do {
	case "add constraint":
		return e.addConstraint(t, *a.Constraint)
	case "rename constraint":
		return e.renameConstraint(t, a.Name, a.NewName)
	}
	if !t.HasConstraint(a.Name) {
		if a.IfExists {
			e.skipping("constraint \"%s\" of relation \"%s\" does not exist, skipping", a.Name, t.Name)
			return nil
		}
		return fault.SQL("42704", "constraint \"%s\" of relation \"%s\" does not exist", a.Name, t.Name)
	}
	switch a.Do {
	case "drop constraint":
		return e.remove([]scope.Object{scope.PartOf(t, "constraint", a.Name)}, a.Cascade)
	case "validate constraint":
		if k := t.CheckConstraint(a.Name); k != nil {
			k.NotValid = false
		}
		if f := t.ForeignKey(a.Name); f != nil {
			f.NotValid = false
		}
	case "alter constraint":
		f := t.ForeignKey(a.Name)
		if f == nil {
			return fault.SQL("42809", "constraint \"%s\" of relation \"%s\" is not a foreign key constraint", a.Name, t.Name)
		}
		if a.Constraint != nil {
			f.Deferrable, f.InitiallyDeferred = a.Constraint.Deferrable, a.Constraint.InitiallyDeferred
		}
	}
	return nil
}

// alterIndex is ALTER INDEX.
func (e *editor) alterIndex(st *pgsql.AlterTable) error {
	t, _, _ := e.c.FindIndex(e.s.SearchPath, st.Name)
	if t == nil {
		if st.IfExists {
			e.skipping("relation \"%s\" does not exist, skipping", written(st.Name))
			return nil
		}
		return errNoRelation(written(st.Name))
	}
	t = e.edit(t)
	for i := range st.Actions {
		a := &st.Actions[i]
		if a.Do != "rename" {
			continue
		}
		if e.relationTaken(t.Schema, a.NewName, nil) {
			return at(errRelationExists(a.NewName), a)
		}
		if k := t.Key(st.Name.Name); k != nil {
			k.Name = a.NewName
		} else {
			t.Index(st.Name.Name).Name = a.NewName
		}
		if t.Identity == st.Name.Name {
			t.Identity = a.NewName
		}
	}
	return nil
}

// sortTriggers keeps the order in which triggers fire.
func sortTriggers(t *catalog.Table) {
	slices.SortFunc(t.Triggers, func(a, b *catalog.Trigger) int { return strings.Compare(a.Name, b.Name) })
}

func sortPolicies(t *catalog.Table) {
	slices.SortFunc(t.Policies, func(a, b *catalog.Policy) int { return strings.Compare(a.Name, b.Name) })
}
