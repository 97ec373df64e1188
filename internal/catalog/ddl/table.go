package ddl

import (
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

func (e *editor) createTable(st *pgsql.CreateTable) error {
	if err := refuseTable(st); err != nil {
		return at(err, st)
	}
	sc, err := e.home(st.Name)
	if err != nil {
		return err
	}
	if e.relationTaken(sc.Name, st.Name.Name, nil) {
		if st.IfNotExists {
			e.notice(catalog.Notice{Code: "42P07", Message: "relation \"" + st.Name.Name + "\" already exists, skipping"})
			return nil
		}
		return errRelationExists(st.Name.Name)
	}
	if sc.Types[st.Name.Name] != nil {
		return fault.SQL("42710", "type \"%s\" already exists", st.Name.Name).WithHint(
			"A relation has an associated type of the same name, so you must use a name that doesn't conflict with any existing type.")
	}
	t := &catalog.Table{
		ID: e.nextID(), Schema: sc.Name, Name: st.Name.Name, Owner: e.s.Role,
		Identity: "default", Grants: e.grantsFor(e.s.Role, sc.Name, "tables"),
	}
	if st.As != nil {
		return e.tableAs(t, st)
	}
	constraints, err := e.tableColumns(t, st)
	if err != nil {
		return err
	}
	e.own(t)
	if err := e.finishGenerated(t, t.Columns); err != nil {
		return err
	}
	if err := e.addConstraints(t, append(constraints, st.Constraints...)); err != nil {
		return err
	}
	for _, l := range st.Like {
		if err := e.likeKeys(t, l); err != nil {
			return err
		}
	}
	return e.checkTable(t)
}

// tableAs makes a table of a query's columns. Who runs the statement fills it.
func (e *editor) tableAs(t *catalog.Table, st *pgsql.CreateTable) error {
	v := &catalog.Table{Schema: t.Schema, Name: t.Name, Owner: t.Owner, Kind: catalog.View}
	v.ViewDef = &catalog.ViewDef{Query: st.As, SearchPath: e.s.SearchPath}
	var names []string
	for _, c := range st.Columns {
		names = append(names, c.Name)
	}
	if err := e.viewColumns(v, names); err != nil {
		return err
	}
	for _, c := range v.Columns {
		t.Columns = append(t.Columns, &catalog.Column{ID: e.nextID(), Name: c.Name, Type: c.Type})
	}
	e.own(t)
	return nil
}

func refuseTable(st *pgsql.CreateTable) *fault.Error {
	switch {
	case st.Temp:
		return errUnsupported("Create an ordinary table, or use a common table expression.", "temporary tables are not supported")
	case len(st.Inherits) > 0:
		return errUnsupported("Give the table the columns itself (like … including all), and a foreign key to the parent.", "table inheritance is not supported")
	case st.PartitionBy != "" || st.PartitionOf.Name != "":
		return errUnsupported("Create one ordinary table; an index on the partition key serves the same queries.", "partitioned tables are not supported")
	}
	return nil
}

// tableColumns adds the columns, those of LIKE in their place, and returns the
// constraints that were written with them.
func (e *editor) tableColumns(t *catalog.Table, st *pgsql.CreateTable) ([]pgsql.Constraint, error) {
	like := st.Like
	var constraints []pgsql.Constraint
	for i := range len(st.Columns) + 1 {
		for ; len(like) > 0 && like[0].After <= i; like = like[1:] {
			if err := e.likeColumns(t, like[0]); err != nil {
				return nil, err
			}
		}
		if i == len(st.Columns) {
			break
		}
		d := &st.Columns[i]
		if t.Column(d.Name) >= 0 {
			return nil, at(fault.SQL("42701", "column \"%s\" specified more than once", d.Name), d)
		}
		more, err := e.addColumn(t, d)
		if err != nil {
			return nil, err
		}
		constraints = append(constraints, more...)
	}
	return constraints, nil
}

// checkTable lets the checker bind what the table stores.
func (e *editor) checkTable(t *catalog.Table) error {
	if e.s.Check == nil || t.Kind != catalog.Base {
		return nil
	}
	return e.s.Check.CheckTable(e.c, t)
}

// likeColumns copies the columns of LIKE's table.
func (e *editor) likeColumns(t *catalog.Table, l pgsql.LikeClause) error {
	src, err := e.relation(l.Table)
	if err != nil {
		return err
	}
	for _, from := range src.Columns {
		if t.Column(from.Name) >= 0 {
			return fault.SQL("42701", "column \"%s\" specified more than once", from.Name)
		}
		col := &catalog.Column{ID: e.nextID(), Name: from.Name, Type: from.Type, NotNull: from.NotNull, Collation: from.Collation}
		if including(l, "defaults") {
			col.Default = from.Default
		}
		if including(l, "generated") {
			col.Generated = from.Generated
		}
		if including(l, "comments") {
			col.Comment = from.Comment
		}
		t.Columns = append(t.Columns, col)
		if including(l, "identity") && from.Identity != "" {
			col.Identity = from.Identity
			if err := e.ownSequence(t, col, nil); err != nil {
				return err
			}
		}
	}
	if including(l, "constraints") {
		for _, c := range src.Checks {
			n := *c
			n.X = e.renamedRoot(c.X, src, t)
			t.Checks = append(t.Checks, &n)
		}
	}
	return nil
}

// likeKeys copies keys and indexes under names of the new table's own.
func (e *editor) likeKeys(t *catalog.Table, l pgsql.LikeClause) error {
	if !including(l, "indexes") {
		return nil
	}
	src, err := e.relation(l.Table)
	if err != nil {
		return err
	}
	for _, k := range src.Keys {
		c := pgsql.Constraint{
			Kind: "unique", Cols: k.Cols, NullsNotDistinct: k.NullsNotDistinct,
			Deferrable: k.Deferrable, InitiallyDeferred: k.InitiallyDeferred,
		}
		if k.Primary {
			c.Kind = "primary key"
		}
		if err := e.addKey(t, c); err != nil {
			return err
		}
	}
	for _, ix := range src.Indexes {
		n := *ix
		n.Name = e.indexName(t, &n)
		t.Indexes = append(t.Indexes, &n)
	}
	return nil
}

func including(l pgsql.LikeClause, what string) bool {
	on := false
	for _, o := range l.Options {
		if o.What == what || o.What == "all" {
			on = !o.Excluding
		}
	}
	return on
}

// renamedRoot returns x, written for a table, for another one of the same columns.
func (e *editor) renamedRoot(x pgsql.Expr, from, to *catalog.Table) pgsql.Expr {
	x = scope.CloneExpr(x)
	w := &scope.Scan{C: e.c, Path: e.s.SearchPath}
	w.Column = func(t *catalog.Table, name string, n *pgsql.Column) {
		if t == from && len(n.Parts) > 1 {
			n.Parts = []string{to.Name, name}
		}
	}
	w.Expr(x, scope.Rel{Name: from.Name, T: from})
	return x
}
