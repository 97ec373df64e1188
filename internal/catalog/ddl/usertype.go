package ddl

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

func (e *editor) createType(st *pgsql.CreateType) error {
	if st.Kind != "enum" && st.Kind != "composite" {
		return errUnsupported("Use two columns with a check, or a domain.", "CREATE TYPE of kind %s is not supported", st.Kind)
	}
	sc, err := e.newTypeHome(st.Name)
	if err != nil {
		return err
	}
	t := &value.Type{Kind: value.Enum, Schema: sc.Name, Name: st.Name.Name, Labels: slices.Clone(st.Labels)}
	for i, l := range st.Labels {
		if slices.Contains(st.Labels[:i], l) {
			return fault.SQL("23505", "duplicate key value violates unique constraint \"pg_enum_typid_label_index\"")
		}
		if len(l) > maxName {
			return fault.SQL("42602", "invalid enum label \"%s\"", l).WithDetail("Labels must be 63 bytes or less.")
		}
	}
	if st.Kind == "composite" {
		t.Kind, t.Labels = value.Record, nil
		if e.relationTaken(sc.Name, st.Name.Name, nil) {
			return errRelationExists(st.Name.Name)
		}
		for _, a := range st.Attrs {
			ft, err := e.c.Type(e.s.SearchPath, a.Type)
			if err != nil {
				return positioned(err, a.Type)
			}
			t.Fields = append(t.Fields, value.Field{Name: a.Name, Type: ft})
		}
	}
	sc.Types[t.Name] = &catalog.UserType{Type: t}
	return nil
}

// newTypeHome returns the schema for a new type, whose name must be free.
func (e *editor) newTypeHome(id pgsql.Ident) (*catalog.Schema, error) {
	sc, err := e.home(id)
	if err != nil {
		return nil, err
	}
	if sc.Types[id.Name] != nil || sc.Tables[id.Name] != nil {
		return nil, fault.SQL("42710", "type \"%s\" already exists", id.Name)
	}
	return sc, nil
}

func (e *editor) createDomain(st *pgsql.CreateDomain) error {
	sc, err := e.newTypeHome(st.Name)
	if err != nil {
		return err
	}
	base, err := e.c.Type(e.s.SearchPath, st.Type)
	if err != nil {
		return positioned(err, st.Type)
	}
	u := &catalog.UserType{
		Type:    &value.Type{Kind: value.Domain, Schema: sc.Name, Name: st.Name.Name, Elem: base},
		NotNull: st.NotNull, Default: e.qualified(st.Default),
	}
	for _, c := range st.Constraints {
		if err := e.domainCheck(u, c); err != nil {
			return positioned(err, c)
		}
	}
	sc.Types[st.Name.Name] = u
	return nil
}

func (e *editor) domainCheck(u *catalog.UserType, c pgsql.Constraint) error {
	if c.Kind != "check" {
		return fault.SQL("42601", "%s constraints not possible for domains", c.Kind)
	}
	taken := func(n string) bool { return domainConstraint(u, n) != nil }
	name := c.Name
	if name == "" {
		name = choose(u.Type.Name, "", "check", taken)
	} else if taken(name) {
		return fault.SQL("42710", "constraint \"%s\" for domain %s already exists", name, u.Type.Name)
	}
	u.Checks = append(u.Checks, &catalog.Check{Name: name, X: e.qualified(c.Check), Text: pgsql.Print(c.Check)})
	return nil
}

func domainConstraint(u *catalog.UserType, name string) *catalog.Check {
	for _, c := range u.Checks {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// alterType is ALTER TYPE and ALTER DOMAIN.
func (e *editor) alterType(st *pgsql.AlterType) error {
	u, schema := e.c.FindType(e.s.SearchPath, st.Name)
	if u == nil {
		if t, ok := e.c.Table(e.s.SearchPath, st.Name); ok {
			return fault.SQL("42809", "%s is a table's row type", t.Name).WithHint("Use ALTER TABLE instead.")
		}
		return errNoType(written(st.Name))
	}
	if st.What == "domain" && u.Type.Kind != value.Domain {
		return fault.SQL("42809", "%s is not a domain", st.Name.Name)
	}
	n := *u
	n.Checks = clonePtrs(u.Checks)
	from := catalog.TableName{Schema: schema, Name: st.Name.Name}
	switch st.Do {
	case "rename":
		return e.renameType(u, from, catalog.TableName{Schema: schema, Name: st.NewVal})
	case "set schema":
		return e.renameType(u, from, catalog.TableName{Schema: st.NewVal, Name: st.Name.Name})
	case "owner":
		_, err := e.roleNamed(st.NewVal)
		return err
	case "add value", "rename value":
		return e.alterEnum(u, st)
	case "add attribute":
		return e.addAttribute(u, st)
	}
	if u.Type.Kind != value.Domain {
		return errUnsupported("Create a new type and change the columns to it.", "ALTER TYPE … %s is not supported", st.Do)
	}
	if err := e.alterDomain(&n, st); err != nil {
		return err
	}
	e.schema(schema).Types[st.Name.Name] = &n
	return nil
}

func (e *editor) alterDomain(n *catalog.UserType, st *pgsql.AlterType) error {
	switch st.Do {
	case "set not null":
		n.NotNull = true
	case "drop not null":
		n.NotNull = false
	case "set default":
		n.Default = e.qualified(st.X)
	case "drop default":
		n.Default = nil
	case "add constraint":
		return e.domainCheck(n, *st.Constraint)
	case "drop constraint":
		if domainConstraint(n, st.Val) == nil {
			if st.IfNotExists { // the parser's place for IF EXISTS
				e.skipping("constraint \"%s\" of domain \"%s\" does not exist, skipping", st.Val, n.Type.Name)
				return nil
			}
			return fault.SQL("42704", "constraint \"%s\" of domain \"%s\" does not exist", st.Val, n.Type.Name)
		}
		n.Checks = slices.DeleteFunc(n.Checks, func(c *catalog.Check) bool { return c.Name == st.Val })
	case "validate constraint":
	default:
		return errUnsupported("Create a new domain and change the columns to it.", "ALTER DOMAIN … %s is not supported", st.Do)
	}
	return nil
}

// alterEnum adds or renames a label, also where columns and functions hold the type.
func (e *editor) alterEnum(u *catalog.UserType, st *pgsql.AlterType) error {
	if u.Type.Kind != value.Enum {
		return fault.SQL("42809", "%s is not an enum", u.Type.Name)
	}
	labels := slices.Clone(u.Type.Labels)
	if st.Do == "rename value" {
		i := slices.Index(labels, st.Val)
		if i < 0 {
			return fault.SQL("22023", "\"%s\" is not an existing enum label", st.Val)
		}
		if slices.Contains(labels, st.NewVal) {
			return fault.SQL("42710", "enum label \"%s\" already exists", st.NewVal)
		}
		labels[i] = st.NewVal
		e.renameLabel(u.Type, st.Val, st.NewVal)
		e.setLabels(u.Type, labels)
		return nil
	}
	if slices.Contains(labels, st.Val) {
		if st.IfNotExists {
			e.notice(catalog.Notice{Code: "42710", Message: "enum label \"" + st.Val + "\" already exists, skipping"})
			return nil
		}
		return fault.SQL("42710", "enum label \"%s\" already exists", st.Val)
	}
	at := len(labels)
	if near := st.Before + st.After; near != "" {
		at = slices.Index(labels, near)
		if at < 0 {
			return fault.SQL("22023", "\"%s\" is not an existing enum label", near)
		}
		if st.After != "" {
			at++
		}
	}
	e.setLabels(u.Type, slices.Insert(labels, at, st.Val))
	return nil
}

func (e *editor) setLabels(old *value.Type, labels []string) {
	n := *old
	n.Labels = labels
	e.mapTypes(func(o *value.Type) *value.Type {
		if o.Kind == value.Enum && o != &n && isNamed(o, n.Schema, n.Name) {
			return &n
		}
		return o
	})
}

// renameLabel rewrites the literals cast to the enum, and the plain defaults of its
// columns: Postgres keeps those as references to the label.
func (e *editor) renameLabel(t *value.Type, from, to string) {
	e.rewrite(func(hit func()) *scope.Scan {
		w := &scope.Scan{C: e.c}
		w.Cast = func(n *pgsql.Cast) {
			s, ok := n.X.(*pgsql.Str)
			if ok && s.Val == from && n.To.Schema == t.Schema && n.To.Name == t.Name && n.To.Array == 0 {
				s.Val = to
				hit()
			}
		}
		return w
	})
	for _, tbl := range e.c.AllTables() {
		for i, col := range tbl.Columns {
			s, ok := col.Default.(*pgsql.Str)
			if ok && s.Val == from && isNamed(col.Type, t.Schema, t.Name) {
				e.edit(tbl).Columns[i].Default = &pgsql.Str{At: s.At, Val: to}
				tbl, _ = e.c.TableByID(tbl.ID)
			}
		}
	}
}

func (e *editor) addAttribute(u *catalog.UserType, st *pgsql.AlterType) error {
	if u.Type.Kind != value.Record || st.Column == nil {
		return fault.SQL("42809", "%s is not a composite type", u.Type.Name)
	}
	ft, err := e.c.Type(e.s.SearchPath, st.Column.Type)
	if err != nil {
		return positioned(err, st.Column.Type)
	}
	n := *u.Type
	n.Fields = append(slices.Clone(u.Type.Fields), value.Field{Name: st.Column.Name, Type: ft})
	e.mapTypes(func(o *value.Type) *value.Type {
		if o.Kind == value.Record && isNamed(o, n.Schema, n.Name) && len(o.Fields) < len(n.Fields) {
			return &n
		}
		return o
	})
	return nil
}
