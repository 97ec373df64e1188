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

func (e *editor) columnAction(t *catalog.Table, a *pgsql.AlterAction) error {
	switch a.Do {
	case "add column":
		return e.alterAddColumn(t, a)
	case "rename column":
		return e.renameColumn(t, a.Name, a.NewName)
	}
	col := t.ColumnNamed(a.Name)
	if col == nil {
		if a.Do == "drop column" && a.IfExists {
			e.skipping("column \"%s\" of relation \"%s\" does not exist, skipping", a.Name, t.Name)
			return nil
		}
		return errNoColumn(a.Name, t.Name)
	}
	switch a.Do {
	case "drop column":
		return e.remove([]scope.Object{scope.PartOf(t, "column", a.Name)}, a.Cascade)
	case "set type":
		return e.setType(t, col, a)
	case "set not null":
		col.NotNull = true
	case "drop not null":
		return dropNotNull(t, col)
	case "set default", "drop default":
		return e.setDefault(t, col, a)
	case "drop expression":
		if col.Generated == nil {
			if a.IfExists {
				e.skipping("column \"%s\" of relation \"%s\" is not a stored generated column, skipping", col.Name, t.Name)
				return nil
			}
			return fault.SQL("55000", "column \"%s\" of relation \"%s\" is not a stored generated column", col.Name, t.Name)
		}
		col.Generated = nil
	default:
		return e.identityAction(t, col, a)
	}
	return nil
}

func (e *editor) alterAddColumn(t *catalog.Table, a *pgsql.AlterAction) error {
	if t.Column(a.Column.Name) >= 0 {
		if a.IfNotExists {
			e.notice(catalog.Notice{Code: "42701", Message: "column \"" + a.Column.Name + "\" of relation \"" + t.Name + "\" already exists, skipping"})
			return nil
		}
		return fault.SQL("42701", "column \"%s\" of relation \"%s\" already exists", a.Column.Name, t.Name)
	}
	cs, err := e.addColumn(t, a.Column)
	if err != nil {
		return err
	}
	if err := e.finishGenerated(t, t.Columns[len(t.Columns)-1:]); err != nil {
		return err
	}
	return e.addConstraints(t, cs)
}

func dropNotNull(t *catalog.Table, col *catalog.Column) error {
	if col.Identity != "" {
		return fault.SQL("42601", "column \"%s\" of relation \"%s\" is an identity column", col.Name, t.Name)
	}
	if pk := t.PrimaryKey(); pk != nil {
		for _, c := range pk.Cols {
			if c == col.Name {
				return fault.SQL("42P16", "column \"%s\" is in a primary key", col.Name)
			}
		}
	}
	col.NotNull = false
	return nil
}

func (e *editor) setDefault(t *catalog.Table, col *catalog.Column, a *pgsql.AlterAction) error {
	switch {
	case col.Identity != "":
		err := fault.SQL("42601", "column \"%s\" of relation \"%s\" is an identity column", col.Name, t.Name)
		if a.Do == "drop default" {
			return err.WithHint("Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead.")
		}
		return err
	case col.Generated != nil:
		return fault.SQL("42601", "column \"%s\" of relation \"%s\" is a generated column", col.Name, t.Name)
	case a.Do == "drop default":
		col.Default = nil
		return nil
	}
	if err := noColumns(a.X); err != nil {
		return err
	}
	col.Default = e.qualified(a.X)
	return nil
}

func (e *editor) identityAction(t *catalog.Table, col *catalog.Column, a *pgsql.AlterAction) error {
	if a.Do == "add identity" {
		return e.addIdentity(t, col, a)
	}
	if col.Identity == "" {
		if a.IfExists {
			e.skipping("column \"%s\" of relation \"%s\" is not an identity column, skipping", col.Name, t.Name)
			return nil
		}
		return fault.SQL("55000", "column \"%s\" of relation \"%s\" is not an identity column", col.Name, t.Name)
	}
	switch a.Do {
	case "drop identity":
		delete(e.schema(col.Sequence.Schema).Sequences, col.Sequence.Name)
		col.Identity, col.Sequence = "", nil
	case "set identity", "set generated":
		if a.NewName == "always" || a.NewName == "by default" {
			col.Identity = a.NewName
		}
		n := *col.Sequence
		if err := e.setOptions(&n, a.Options, false); err != nil {
			return err
		}
		e.setSequence(col.Sequence, &n)
	}
	return nil
}

func (e *editor) addIdentity(t *catalog.Table, col *catalog.Column, a *pgsql.AlterAction) error {
	switch {
	case col.Identity != "":
		return fault.SQL("55000", "column \"%s\" of relation \"%s\" is already an identity column", col.Name, t.Name)
	case col.Default != nil:
		return fault.SQL("55000", "column \"%s\" of relation \"%s\" already has a default value", col.Name, t.Name)
	case !col.NotNull:
		return fault.SQL("55000", "column \"%s\" of relation \"%s\" must be declared NOT NULL before identity can be added", col.Name, t.Name)
	}
	if k := col.Type.Kind; k != value.Int2 && k != value.Int4 && k != value.Int8 {
		return fault.SQL("22023", "identity column type must be smallint, integer, or bigint")
	}
	col.Identity = "by default"
	if a.NewName == "always" || (a.Column != nil && a.Column.Identity == "always") {
		col.Identity = "always"
	}
	opts := a.Options
	if opts == nil && a.Column != nil {
		opts = a.Column.IdentityOpt
	}
	return e.ownSequence(t, col, opts)
}

// setType changes a column's type. The rows are converted by the write pipeline,
// which refuses values that do not fit.
func (e *editor) setType(t *catalog.Table, col *catalog.Column, a *pgsql.AlterAction) error {
	typ, err := e.columnTypeOf(&pgsql.ColumnDef{At: a.At, Name: a.Name, Type: a.Type})
	if err != nil {
		return err
	}
	if col.Generated == nil && a.X == nil && !assignable(col.Type.Base(), typ.Base()) {
		return fault.SQL("42804", "column \"%s\" cannot be cast automatically to type %s", col.Name, typ).
			WithHint("You might need to specify \"USING " + scope.QuotePart(col.Name) + "::" + typ.String() + "\".")
	}
	if err := e.refuseTypeChange(t, col); err != nil {
		return err
	}
	if col.Default != nil && col.Sequence == nil {
		if s, ok := col.Default.(*pgsql.Str); ok {
			col.Default = &pgsql.Str{At: s.At, Val: s.Val}
		}
	}
	if col.Sequence != nil {
		n := *col.Sequence
		n.Type = typ.Base()
		_, n.Max = bounds(&n)
		if err := validSequence(&n); err != nil {
			return err
		}
		e.setSequence(col.Sequence, &n)
	}
	col.Type = typ
	if a.Collation != "" {
		col.Collation = a.Collation
	}
	return nil
}

// refuseTypeChange refuses to change the type of a column that a view, a policy or a
// generated column reads.
func (e *editor) refuseTypeChange(t *catalog.Table, col *catalog.Column) error {
	edges := slices.Clone(scope.NewGraph(e.c).On[scope.PartOf(t, "column", col.Name)])
	slices.SortStableFunc(edges, func(a, b scope.Edge) int { return -strings.Compare(a.From.What, b.From.What) }) // views first
	for _, d := range edges {
		detail := e.describe(d.From) + " depends on column \"" + col.Name + "\""
		switch d.From.What {
		case "view", "materialized view":
			return fault.SQL("0A000", "cannot alter type of a column used by a view or rule").
				WithDetail("rule _RETURN on " + detail)
		case "policy":
			return fault.SQL("0A000", "cannot alter type of a column used in a policy definition").WithDetail(detail)
		case "trigger":
			return fault.SQL("0A000", "cannot alter type of a column used in a trigger definition").WithDetail(detail)
		case "generated":
			if d.From.Sub != col.Name {
				return fault.SQL("0A000", "cannot alter type of a column used by a generated column").
					WithDetail("Column \"" + col.Name + "\" is used by generated column \"" + d.From.Sub + "\".")
			}
		}
	}
	return nil
}

// assignable reports whether Postgres converts a to b without being told how, when
// it stores a value: what ALTER COLUMN TYPE without USING asks for.
func assignable(a, b *value.Type) bool {
	if value.Same(a, b) || sameFamily(a, b) && a.Kind != value.OID {
		return true
	}
	switch b.Kind {
	case value.Text, value.Varchar, value.Bpchar, value.Citext:
		return true
	case value.JSONB:
		return a.Kind == value.JSON
	case value.JSON:
		return a.Kind == value.JSONB
	case value.Time, value.Timetz:
		return a.Kind == value.Timestamptz || a.Kind == value.Timestamp || a.Kind == value.Time || a.Kind == value.Timetz || a.Kind == value.Interval
	case value.Interval:
		return a.Kind == value.Time
	case value.Array:
		return a.Kind == value.Array && assignable(a.Elem.Base(), b.Elem.Base())
	}
	return false
}
