package ddl

import (
	"maps"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// grant is GRANT and REVOKE.
func (e *editor) grant(st *pgsql.Grant) error {
	if st.What == "role" {
		return e.grantRole(st)
	}
	roles, err := e.rolesNamed(st.Roles)
	if err != nil {
		return err
	}
	if schema, ok := strings.CutPrefix(st.What, "all "); ok {
		return e.grantAll(st, strings.TrimSuffix(schema, " in schema"), roles)
	}
	switch st.What {
	case "", "table", "sequence", "function", "procedure", "routine", "schema":
	default:
		return nil // databases, types and languages: everyone may use them here
	}
	for i, id := range st.Names {
		if err := e.grantOne(st, i, id, roles); err != nil {
			return err
		}
	}
	return nil
}

func (e *editor) grantOne(st *pgsql.Grant, i int, id pgsql.Ident, roles []string) error {
	switch st.What {
	case "schema":
		return e.grantSchema(st, id.Name, roles)
	case "sequence":
		return e.grantSequence(st, id, roles)
	case "function", "procedure", "routine":
		var args []pgsql.TypeName
		hasArgs := i < len(st.HasArgs) && st.HasArgs[i]
		if hasArgs && i < len(st.Args) {
			args = st.Args[i]
		}
		f, err := e.function(st.What, id, args, hasArgs)
		if err != nil {
			return err
		}
		return e.grantFunction(st, f, roles)
	}
	t, ok := e.c.Table(e.s.SearchPath, id)
	if !ok {
		if _, isSeq := e.c.Sequence(e.s.SearchPath, id); isSeq {
			return e.grantSequence(st, id, roles)
		}
		return errNoRelation(written(id))
	}
	return e.grantTable(st, t, roles)
}

func (e *editor) grantTable(st *pgsql.Grant, t *catalog.Table, roles []string) error {
	for _, p := range st.Privs {
		for _, col := range p.Cols {
			if t.Column(col) < 0 {
				return errNoColumn(col, t.Name)
			}
		}
	}
	if !e.isOwner(t.Owner) {
		return fault.SQL("42501", "permission denied for %s %s", t.KindName(), t.Name)
	}
	gs, err := changeGrants(t.Grants, st, "table", roles)
	if err != nil {
		return err
	}
	e.edit(t).Grants = gs
	return nil
}

func (e *editor) grantSchema(st *pgsql.Grant, name string, roles []string) error {
	s := e.schema(name)
	if s == nil {
		return errNoSchema(name)
	}
	gs, err := changeGrants(s.Grants, st, "schema", roles)
	s.Grants = gs
	return err
}

func (e *editor) grantSequence(st *pgsql.Grant, id pgsql.Ident, roles []string) error {
	q, ok := e.c.Sequence(e.s.SearchPath, id)
	if !ok {
		return errNoRelation(written(id))
	}
	gs, err := changeGrants(q.Grants, st, "sequence", roles)
	if err != nil {
		return err
	}
	n := *q
	n.Grants = gs
	e.setSequence(q, &n)
	return nil
}

func (e *editor) grantFunction(st *pgsql.Grant, f *catalog.Function, roles []string) error {
	gs, err := changeGrants(f.Grants, st, "function", roles)
	if err != nil {
		return err
	}
	n := *f
	n.Grants = gs
	e.setFunction(f, &n)
	return nil
}

// grantAll is GRANT … ON ALL … IN SCHEMA.
func (e *editor) grantAll(st *pgsql.Grant, what string, roles []string) error {
	for _, id := range st.Names {
		s := e.c.Schemas[id.Name]
		if s == nil {
			return errNoSchema(id.Name)
		}
		var err error
		switch what {
		case "tables":
			err = each(s.Tables, func(t *catalog.Table) error { return e.grantTable(st, t, roles) })
		case "sequences":
			err = each(maps.Clone(s.Sequences), func(q *catalog.Sequence) error {
				return e.grantSequence(st, pgsql.Ident{Schema: q.Schema, Name: q.Name}, roles)
			})
		case "functions", "procedures", "routines":
			err = each(s.Funcs, func(fs []*catalog.Function) error {
				for _, f := range slices.Clone(fs) {
					if err := e.grantFunction(st, f, roles); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func each[T any](m map[string]T, f func(T) error) error {
	for _, k := range sortedKeys(m) {
		if err := f(m[k]); err != nil {
			return err
		}
	}
	return nil
}

// changeGrants returns the grants after a GRANT or REVOKE on an object of a kind.
func changeGrants(gs []catalog.Grant, st *pgsql.Grant, kind string, roles []string) ([]catalog.Grant, error) {
	privs, err := expand(st.Privs, kind)
	if err != nil {
		return gs, err
	}
	gs = slices.Clone(gs)
	for _, role := range roles {
		for _, p := range privs {
			g := catalog.Grant{Role: role, Priv: p.Name, Cols: p.Cols, Option: st.GrantOption}
			if st.Revoke {
				gs = dropGrant(gs, g)
			} else {
				gs = addGrant(gs, g)
			}
		}
	}
	return gs, nil
}

// expand turns ALL into the privileges of the kind and checks names.
func expand(privs []pgsql.Priv, kind string) ([]pgsql.Priv, error) {
	all := catalog.PrivilegesOf(kind)
	var out []pgsql.Priv
	if len(privs) == 0 {
		privs = []pgsql.Priv{{Name: "all"}}
	}
	for _, p := range privs {
		if p.Name == "all" || p.Name == "all privileges" {
			for _, name := range all {
				if len(p.Cols) > 0 && !slices.Contains([]string{"select", "insert", "update", "references"}, name) {
					continue
				}
				out = append(out, pgsql.Priv{Name: name, Cols: p.Cols})
			}
			continue
		}
		if !knownPrivilege(p.Name) {
			return nil, fault.SQL("42601", "unrecognized privilege type \"%s\"", p.Name)
		}
		if !slices.Contains(all, p.Name) {
			word := kind
			if kind == "table" && p.Name == "execute" {
				word = "relation"
			}
			return nil, fault.SQL("0LP01", "invalid privilege type %s for %s", strings.ToUpper(p.Name), word)
		}
		out = append(out, p)
	}
	return out, nil
}

func knownPrivilege(name string) bool {
	for _, kind := range []string{"table", "sequence", "function", "schema", "database"} {
		if slices.Contains(catalog.PrivilegesOf(kind), name) {
			return true
		}
	}
	return name == "temp"
}

// addGrant adds g, into an equal one where there is one.
func addGrant(gs []catalog.Grant, g catalog.Grant) []catalog.Grant {
	for i, o := range gs {
		if o.Role != g.Role || o.Priv != g.Priv || (len(o.Cols) == 0) != (len(g.Cols) == 0) {
			continue
		}
		o.Option = o.Option || g.Option
		for _, c := range g.Cols {
			if !slices.Contains(o.Cols, c) {
				o.Cols = append(slices.Clone(o.Cols), c)
			}
		}
		gs[i] = o
		return gs
	}
	return append(gs, g)
}

// dropGrant takes a privilege back; one on the whole table takes those on columns
// along, as in Postgres.
func dropGrant(gs []catalog.Grant, g catalog.Grant) []catalog.Grant {
	var out []catalog.Grant
	for _, o := range gs {
		if o.Role != g.Role || o.Priv != g.Priv {
			out = append(out, o)
			continue
		}
		switch {
		case g.Option: // revoke grant option for
			o.Option = false
			out = append(out, o)
		case len(g.Cols) > 0 && len(o.Cols) == 0:
			out = append(out, o)
		case len(g.Cols) > 0:
			o.Cols = slices.DeleteFunc(slices.Clone(o.Cols), func(c string) bool { return slices.Contains(g.Cols, c) })
			if len(o.Cols) > 0 {
				out = append(out, o)
			}
		}
	}
	return out
}

// defaultPrivileges is ALTER DEFAULT PRIVILEGES.
func (e *editor) defaultPrivileges(st *pgsql.DefaultPrivileges) error {
	makers := st.ForRoles
	if len(makers) == 0 {
		makers = []string{e.s.Role}
	}
	makers, err := e.rolesNamed(makers)
	if err != nil {
		return err
	}
	roles, err := e.rolesNamed(st.Grant.Roles)
	if err != nil {
		return err
	}
	schemas := st.Schemas
	if len(schemas) == 0 {
		schemas = []string{""}
	}
	what := strings.Replace(st.Grant.What, "routines", "functions", 1)
	privs, err := expand(st.Grant.Privs, what)
	if err != nil {
		return err
	}
	for _, schema := range schemas {
		if schema != "" && e.c.Schemas[schema] == nil {
			return errNoSchema(schema)
		}
		for _, maker := range makers {
			d := &catalog.DefaultGrant{ForRole: maker, Schema: schema, What: what}
			for _, role := range roles {
				for _, p := range privs {
					g := catalog.Grant{Role: role, Priv: p.Name, Option: st.Grant.GrantOption}
					if st.Grant.Revoke {
						d.Revoked = append(d.Revoked, g)
					} else {
						d.Grants = append(d.Grants, g)
					}
				}
			}
			e.c.Defaults = append(e.c.Defaults, d)
		}
	}
	return nil
}
