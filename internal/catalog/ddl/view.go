package ddl

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

func (e *editor) createView(st *pgsql.CreateView) error {
	if st.Temp {
		return errUnsupported("Create an ordinary view.", "temporary views are not supported")
	}
	sc, err := e.home(st.Name)
	if err != nil {
		return err
	}
	old := sc.Tables[st.Name.Name]
	if old == nil || !st.Replace {
		if e.relationTaken(sc.Name, st.Name.Name, nil) {
			if st.IfNotExists {
				e.notice(catalog.Notice{Code: "42P07", Message: "relation \"" + st.Name.Name + "\" already exists, skipping"})
				return nil
			}
			return errRelationExists(st.Name.Name)
		}
		if sc.Types[st.Name.Name] != nil {
			return fault.SQL("42710", "type \"%s\" already exists", st.Name.Name)
		}
		old = nil
	}
	if old != nil && old.Kind != catalog.View {
		return fault.SQL("42809", "\"%s\" is not a view", old.Name)
	}
	v := e.newView(sc.Name, st)
	if err := e.viewColumns(v, st.Cols); err != nil {
		return err
	}
	if old != nil {
		if err := e.replaceView(old, v); err != nil {
			return err
		}
	} else {
		v.ID = e.nextID()
		v.Grants = e.grantsFor(e.s.Role, sc.Name, "tables")
		for _, c := range v.Columns {
			c.ID = e.nextID()
		}
	}
	e.own(v)
	return nil
}

func (e *editor) newView(schema string, st *pgsql.CreateView) *catalog.Table {
	q := scope.CloneSelect(st.Query)
	w := e.qualifier()
	w.ExpandStars = true
	w.Query(q)
	v := &catalog.Table{Schema: schema, Name: st.Name.Name, Kind: catalog.View, Owner: e.s.Role, ViewDef: &catalog.ViewDef{
		Query: q, Text: pgsql.Print(st.Query), CheckOption: st.CheckOption, SearchPath: slices.Clone(e.s.SearchPath),
	}}
	if st.Materialized {
		v.Kind = catalog.MatView
	}
	for k, o := range st.Options {
		setViewOption(v.ViewDef, k, o)
	}
	return v
}

func setViewOption(v *catalog.ViewDef, name, val string) {
	on := true // the bare name switches on
	switch strings.ToLower(val) {
	case "false", "off", "0", "no":
		on = false
	}
	switch name {
	case "security_invoker":
		v.SecurityInvoker = on
	case "security_barrier":
		v.SecurityBarrier = on
	case "check_option":
		v.CheckOption = val
	}
}

// viewColumns fills in the columns: from the checker, and without one by name only.
func (e *editor) viewColumns(v *catalog.Table, names []string) error {
	if e.s.Check != nil {
		cols, err := e.s.Check.ViewColumns(e.c, v)
		if err != nil {
			return err
		}
		v.Columns = clonePtrs(cols)
	} else {
		w := &scope.Scan{C: e.c}
		for _, name := range w.Outputs(v.ViewDef.Query) {
			v.Columns = append(v.Columns, &catalog.Column{Name: name, Type: value.TUnknown})
		}
	}
	if len(names) > len(v.Columns) {
		return fault.SQL("42601", "%s specifies more column names than columns", strings.ToUpper("create ")+strings.ToUpper(v.KindName()))
	}
	for i, name := range names {
		v.Columns[i].Name = name
	}
	nameTargets(v)
	for i, c := range v.Columns {
		if v.Column(c.Name) != i {
			return fault.SQL("42701", "column \"%s\" specified more than once", c.Name)
		}
	}
	return nil
}

// nameTargets makes the query's columns be called as the view's are.
func nameTargets(v *catalog.Table) {
	q := v.ViewDef.Query
	for q.Left != nil {
		q = q.Left
	}
	if len(q.Targets) != len(v.Columns) {
		return // a star that stays, or VALUES: by position
	}
	for i := range q.Targets {
		if col, ok := q.Targets[i].X.(*pgsql.Column); ok && col.Star {
			return
		}
	}
	for i, c := range v.Columns {
		if t := &q.Targets[i]; t.As != "" || scope.OutputName(t.X) != c.Name {
			t.As = c.Name
		}
	}
}

// replaceView keeps what a replaced view has, and checks that its columns stay.
func (e *editor) replaceView(old, v *catalog.Table) error {
	if !e.isOwner(old.Owner) {
		return fault.SQL("42501", "must be owner of view %s", old.Name)
	}
	if len(v.Columns) < len(old.Columns) {
		return fault.SQL("42P16", "cannot drop columns from view")
	}
	for i, c := range v.Columns {
		if i >= len(old.Columns) {
			c.ID = e.nextID()
			continue
		}
		o := old.Columns[i]
		c.ID = o.ID
		if c.Name != o.Name {
			return fault.SQL("42P16", "cannot change name of view column \"%s\" to \"%s\"", o.Name, c.Name).
				WithHint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.")
		}
		if !value.Same(c.Type, o.Type) {
			return fault.SQL("42P16", "cannot change data type of view column \"%s\" from %s to %s", o.Name, o.Type, c.Type)
		}
	}
	v.ID, v.Owner, v.Grants, v.Comment = old.ID, old.Owner, old.Grants, old.Comment
	v.Triggers = clonePtrs(old.Triggers)
	return nil
}
