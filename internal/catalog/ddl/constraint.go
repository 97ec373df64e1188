package ddl

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// addConstraints adds constraints in Postgres' order, which decides the names: checks,
// primary key, unique constraints, foreign keys.
func (e *editor) addConstraints(t *catalog.Table, cs []pgsql.Constraint) error {
	for _, kind := range []string{"check", "primary key", "unique", "foreign key"} {
		for _, c := range cs {
			if c.Kind != kind {
				continue
			}
			if err := e.addConstraint(t, c); err != nil {
				return positioned(err, c)
			}
		}
	}
	for _, c := range cs {
		if c.Kind == "exclude" {
			return at(errUnsupported("Guard the rule with a trigger that raises, or with a unique index.",
				"exclusion constraints are not supported"), c)
		}
	}
	return nil
}

func (e *editor) addConstraint(t *catalog.Table, c pgsql.Constraint) error {
	switch c.Kind {
	case "check":
		return e.addCheck(t, c)
	case "foreign key":
		return e.addForeign(t, c)
	case "exclude":
		return e.addConstraints(t, []pgsql.Constraint{c})
	}
	return e.addKey(t, c)
}

func (e *editor) addCheck(t *catalog.Table, c pgsql.Constraint) error {
	name := c.Name
	x := e.qualified(c.Check, scope.Rel{Name: t.Name, T: t})
	if name == "" {
		col := ""
		if cols := e.columnsOf(t, x); len(cols) == 1 {
			col = cols[0]
		}
		name = choose(t.Name, col, "check", func(n string) bool { return e.constraintTaken(t.Schema, n, t) })
	} else if t.HasConstraint(name) {
		return fault.SQL("42710", "constraint \"%s\" for relation \"%s\" already exists", name, t.Name)
	}
	t.Checks = append(t.Checks, &catalog.Check{Name: name, X: x, Text: pgsql.Print(c.Check), NotValid: c.NotValid})
	return nil
}

func (e *editor) addKey(t *catalog.Table, c pgsql.Constraint) error {
	primary := c.Kind == "primary key"
	if primary && t.PrimaryKey() != nil {
		return fault.SQL("42P16", "multiple primary keys for table \"%s\" are not allowed", t.Name)
	}
	if c.UsingIndex != "" {
		return e.keyFromIndex(t, c)
	}
	for i, col := range c.Cols {
		if t.Column(col) < 0 {
			return fault.SQL("42703", "column \"%s\" named in key does not exist", col)
		}
		if slices.Contains(c.Cols[:i], col) {
			kind := "unique"
			if primary {
				kind = "primary key"
			}
			return fault.SQL("42701", "column \"%s\" appears twice in %s constraint", col, kind)
		}
	}
	if !primary && c.Name == "" && slices.ContainsFunc(t.Keys, func(k *catalog.Key) bool { return slices.Equal(k.Cols, c.Cols) && !k.Deferrable }) && !e.altering {
		return nil // Postgres makes one index for both
	}
	k := &catalog.Key{
		Name: c.Name, Primary: primary, Cols: slices.Clone(c.Cols), NullsNotDistinct: c.NullsNotDistinct,
		Deferrable: c.Deferrable, InitiallyDeferred: c.InitiallyDeferred,
	}
	if err := e.nameKey(t, k); err != nil {
		return err
	}
	t.Keys = append(t.Keys, k)
	if primary {
		for _, col := range k.Cols {
			t.ColumnNamed(col).NotNull = true
		}
	}
	return nil
}

func (e *editor) nameKey(t *catalog.Table, k *catalog.Key) error {
	switch {
	case k.Name != "":
		if e.relationTaken(t.Schema, k.Name, t) {
			return errRelationExists(k.Name)
		}
		if t.HasConstraint(k.Name) {
			return fault.SQL("42710", "constraint \"%s\" for relation \"%s\" already exists", k.Name, t.Name)
		}
	case k.Primary:
		k.Name = choose(t.Name, "", "pkey", e.nameTaken(t))
	default:
		k.Name = choose(t.Name, joinNames(k.Cols), "key", e.nameTaken(t))
	}
	return nil
}

// keyFromIndex is ADD CONSTRAINT … USING INDEX.
func (e *editor) keyFromIndex(t *catalog.Table, c pgsql.Constraint) error {
	ix := t.Index(c.UsingIndex)
	if ix == nil {
		return fault.SQL("42704", "index \"%s\" does not exist", c.UsingIndex)
	}
	cols, plain := ix.PlainColumns()
	if !plain || !ix.Unique || ix.Where != nil {
		return fault.SQL("42809", "\"%s\" is not a unique index", ix.Name).
			WithDetail("Cannot create a primary key or unique constraint using such an index.")
	}
	name := c.Name
	if name == "" {
		name = ix.Name
	}
	t.Indexes = slices.DeleteFunc(t.Indexes, func(o *catalog.Index) bool { return o == ix })
	c.UsingIndex, c.Name, c.Cols, c.NullsNotDistinct = "", name, cols, ix.NullsNotDistinct
	return e.addKey(t, c)
}

func (e *editor) addForeign(t *catalog.Table, c pgsql.Constraint) error {
	ref, ok := e.c.Table(e.s.SearchPath, c.Ref)
	if !ok {
		return errNoRelation(written(c.Ref))
	}
	if ref.Kind != catalog.Base {
		return fault.SQL("42809", "referenced relation \"%s\" is not a table", ref.Name)
	}
	if ref.ID == t.ID {
		ref = t
	}
	if c.Match == "partial" {
		return fault.SQL("0A000", "MATCH PARTIAL not yet implemented")
	}
	if c.Match == "full" && len(c.Cols) > 1 {
		return errUnsupported("Leave MATCH FULL out and add a check that all columns are null or none is.", "MATCH FULL is not supported")
	}
	f := &catalog.Foreign{
		Name: c.Name, Cols: slices.Clone(c.Cols), RefSchema: ref.Schema, RefTable: ref.Name,
		RefCols: slices.Clone(c.RefCols), OnDelete: action(c.OnDelete), OnUpdate: action(c.OnUpdate),
		SetCols: slices.Clone(c.SetCols), Deferrable: c.Deferrable, InitiallyDeferred: c.InitiallyDeferred,
		NotValid: c.NotValid,
	}
	if err := fit(f, t, ref); err != nil {
		return err
	}
	if f.Name == "" {
		f.Name = choose(t.Name, joinNames(f.Cols), "fkey", func(n string) bool { return e.constraintTaken(t.Schema, n, t) })
	} else if t.HasConstraint(f.Name) {
		return fault.SQL("42710", "constraint \"%s\" for relation \"%s\" already exists", f.Name, t.Name)
	}
	if err := comparableKeys(f, t, ref); err != nil {
		return err
	}
	t.Foreign = append(t.Foreign, f)
	return nil
}

func action(s string) string {
	if s == "" {
		return "no action"
	}
	return s
}

// fit checks the columns of a foreign key and fills in the referenced ones.
func fit(f *catalog.Foreign, t, ref *catalog.Table) error {
	for _, col := range slices.Concat(f.Cols, f.SetCols) {
		if t.Column(col) < 0 {
			return fault.SQL("42703", "column \"%s\" referenced in foreign key constraint does not exist", col)
		}
	}
	for _, col := range f.SetCols {
		if !slices.Contains(f.Cols, col) {
			return fault.SQL("42P10", "column \"%s\" referenced in ON DELETE SET action must be part of foreign key", col)
		}
	}
	if len(f.RefCols) == 0 {
		pk := ref.PrimaryKey()
		if pk == nil {
			return fault.SQL("42704", "there is no primary key for referenced table \"%s\"", ref.Name)
		}
		f.RefCols = slices.Clone(pk.Cols)
	}
	for _, col := range f.RefCols {
		if ref.Column(col) < 0 {
			return fault.SQL("42703", "column \"%s\" referenced in foreign key constraint does not exist", col)
		}
	}
	if len(f.RefCols) != len(f.Cols) {
		return fault.SQL("42830", "number of referencing and referenced columns for foreign key disagree")
	}
	if ref.UniqueOn(f.RefCols) == "" {
		return fault.SQL("42830", "there is no unique constraint matching given keys for referenced table \"%s\"", ref.Name)
	}
	return nil
}

// comparableKeys checks that each pair of columns has an equality operator.
func comparableKeys(f *catalog.Foreign, t, ref *catalog.Table) error {
	for i, col := range f.Cols {
		a, b := t.ColumnNamed(col).Type, ref.ColumnNamed(f.RefCols[i]).Type
		if !sameFamily(a.Base(), b.Base()) {
			return fault.SQL("42804", "foreign key constraint \"%s\" cannot be implemented", f.Name).
				WithDetail("Key columns \"" + col + "\" and \"" + f.RefCols[i] + "\" are of incompatible types: " +
					bareName(a) + " and " + bareName(b) + ".")
		}
	}
	return nil
}

// bareName is a type's name without its modifier.
func bareName(t *value.Type) string {
	n := *t
	n.Mod = 0
	return n.String()
}

func sameFamily(a, b *value.Type) bool {
	family := func(t *value.Type) int {
		switch t.Kind {
		case value.Int2, value.Int4, value.Int8, value.Numeric, value.Float4, value.Float8, value.OID:
			return 1
		case value.Text, value.Varchar, value.Bpchar, value.Name, value.Citext:
			return 2
		case value.Timestamptz, value.Timestamp, value.Date:
			return 3
		case value.Inet, value.Cidr:
			return 4
		}
		return 0
	}
	if fa := family(a); fa != 0 {
		return fa == family(b)
	}
	return value.Same(a, b)
}
