package ddl

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// home returns the schema in which a new object is made.
func (e *editor) home(id pgsql.Ident) (*catalog.Schema, error) {
	if id.Schema != "" {
		s := e.schema(id.Schema)
		if s == nil {
			return nil, errNoSchema(id.Schema)
		}
		return s, e.mayCreate(s)
	}
	for _, name := range e.s.SearchPath {
		if s := e.schema(name); s != nil {
			return s, e.mayCreate(s)
		}
	}
	return nil, fault.SQL("3F000", "no schema has been selected to create in")
}

func (e *editor) mayCreate(s *catalog.Schema) error {
	if e.isOwner(s.Owner) || e.c.Holds(s.Grants, e.s.Role, "create") {
		return nil
	}
	return fault.SQL("42501", "permission denied for schema %s", s.Name)
}

// isOwner reports whether the session's role may act as owner.
func (e *editor) isOwner(owner string) bool {
	r := e.c.Roles[e.s.Role]
	return (r != nil && r.Super) || e.c.RoleInherits(e.s.Role, owner)
}

// relation returns a table or view by name, or 42P01.
func (e *editor) relation(id pgsql.Ident) (*catalog.Table, error) {
	t, ok := e.c.Table(e.s.SearchPath, id)
	if !ok {
		return nil, errNoRelation(written(id))
	}
	return t, nil
}

// owned returns a table or view for writing; only its owner may.
func (e *editor) owned(id pgsql.Ident) (*catalog.Table, error) {
	t, err := e.relation(id)
	if err != nil {
		return nil, err
	}
	if !e.isOwner(t.Owner) {
		return nil, fault.SQL("42501", "must be owner of %s %s", t.KindName(), t.Name)
	}
	return e.edit(t), nil
}

// table is owned for base tables.
func (e *editor) table(id pgsql.Ident) (*catalog.Table, error) {
	t, err := e.owned(id)
	if err != nil {
		return nil, err
	}
	if t.Kind != catalog.Base {
		return nil, fault.SQL("42809", "\"%s\" is not a table", t.Name)
	}
	return t, nil
}

// roleNamed returns a role's own name; current_user and the like are resolved.
func (e *editor) roleNamed(name string) (string, error) {
	switch name {
	case "current_user", "session_user", "current_role":
		return e.s.Role, nil
	}
	if e.c.Roles[name] == nil {
		return "", errNoRole(name)
	}
	return name, nil
}

// rolesNamed is roleNamed for a list in which PUBLIC may stand.
func (e *editor) rolesNamed(names []string) ([]string, error) {
	out := make([]string, 0, len(names))
	for _, n := range names {
		if n != catalog.Public {
			r, err := e.roleNamed(n)
			if err != nil {
				return nil, err
			}
			n = r
		}
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out, nil
}

// shown is an object's name in a message: bare where the search path finds it.
func (e *editor) shown(schema, name string) string {
	if schema == "" || schema == "pg_catalog" || slices.Contains(e.s.SearchPath, schema) {
		return name
	}
	return schema + "." + name
}

// qualifier returns the scan that writes the schema into every name which means
// something of the catalogue, so that a later search path can't change it.
func (e *editor) qualifier() *scope.Scan {
	w := &scope.Scan{C: e.c, Path: e.s.SearchPath}
	w.Table = func(t *catalog.Table, ref *pgsql.TableRef) { ref.Name.Schema = t.Schema }
	w.Type = func(tn *pgsql.TypeName) { e.qualifyType(tn) }
	w.Call = func(n *pgsql.Call) { e.qualifyCall(n) }
	w.Cast = func(n *pgsql.Cast) {
		if s, ok := n.X.(*pgsql.Str); ok && n.To.Name == "regclass" {
			e.qualifyRegclass(s)
		}
	}
	return w
}

func (e *editor) qualifyType(tn *pgsql.TypeName) {
	if tn.Schema != "" || tn.PctType || tn.PctRowtype || builtinType(tn.Name) {
		return
	}
	id := pgsql.Ident{Name: tn.Name}
	if _, schema := e.c.FindType(e.s.SearchPath, id); schema != "" {
		tn.Schema = schema
	} else if t, ok := e.c.Table(e.s.SearchPath, id); ok {
		tn.Schema = t.Schema
	}
}

func (e *editor) qualifyCall(n *pgsql.Call) {
	if n.Name.Schema != "" || n.Bare {
		return
	}
	switch n.Name.Name {
	case "nextval", "currval", "setval":
		if len(n.Args) > 0 {
			if s, ok := n.Args[0].(*pgsql.Str); ok {
				e.qualifyRegclass(s)
			}
		}
		return
	}
	if e.s.Builtin != nil && e.s.Builtin(n.Name.Name) {
		return
	}
	for _, f := range e.c.Functions(e.s.SearchPath, n.Name) {
		if f.Accepts(len(n.Args)) {
			n.Name.Schema = f.Schema
			return
		}
	}
}

// qualifyRegclass writes the schema into the name of a sequence or table in a string.
func (e *editor) qualifyRegclass(s *pgsql.Str) {
	id := scope.ParseName(s.Val)
	if q, ok := e.c.Sequence(e.s.SearchPath, id); ok {
		s.Val = scope.QuoteName(q.Schema, q.Name)
	} else if t, ok := e.c.Table(e.s.SearchPath, id); ok {
		s.Val = scope.QuoteName(t.Schema, t.Name)
	}
}

// qualified returns a copy of x with its names qualified.
func (e *editor) qualified(x pgsql.Expr, rels ...scope.Rel) pgsql.Expr {
	if x == nil {
		return nil
	}
	x = scope.CloneExpr(x)
	e.qualifier().Expr(x, rels...)
	return x
}
