package ddl

import (
	"maps"
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// role is CREATE and ALTER ROLE.
func (e *editor) role(st *pgsql.CreateRole) error {
	old := e.c.Roles[st.Name]
	if st.Alter {
		name, err := e.roleNamed(st.Name)
		if err != nil {
			return err
		}
		old = e.c.Roles[name]
	} else if old != nil {
		return fault.SQL("42710", "role \"%s\" already exists", st.Name)
	}
	if !e.c.IsSuper(e.s.Role) {
		return fault.SQL("42501", "permission denied to create role")
	}
	n := catalog.Role{Name: st.Name}
	if old != nil {
		n = *old
		n.Config = maps.Clone(old.Config)
		n.MemberOf = slices.Clone(old.MemberOf)
	}
	for _, o := range st.Options {
		if err := e.roleOption(&n, o); err != nil {
			return err
		}
	}
	e.c.Roles[n.Name] = &n
	return nil
}

func (e *editor) roleOption(r *catalog.Role, option string) error {
	word, rest, _ := strings.Cut(option, " ")
	switch word {
	case "login", "nologin":
		r.Login = word == "login"
	case "superuser", "nosuperuser":
		r.Super = word == "superuser"
	case "bypassrls", "nobypassrls":
		r.BypassRLS = word == "bypassrls"
	case "set":
		setConfig(r, rest)
	case "reset":
		delete(r.Config, rest)
	case "in": // in role a, b
		rest = strings.TrimPrefix(strings.TrimPrefix(rest, "role "), "group ")
		for name := range strings.SplitSeq(rest, ",") {
			name = strings.TrimSpace(name)
			if e.c.Roles[name] == nil {
				return errNoRole(name)
			}
			r.MemberOf = append(r.MemberOf, name)
		}
	}
	return nil
}

// setConfig stores "name = value" or "name to value".
func setConfig(r *catalog.Role, text string) {
	name, val, ok := strings.Cut(text, "=")
	if !ok {
		name, val, _ = strings.Cut(text, " to ")
	}
	if r.Config == nil {
		r.Config = map[string]string{}
	}
	r.Config[strings.TrimSpace(name)] = strings.Trim(strings.TrimSpace(val), "'")
}

// grantRole is GRANT role TO role and its REVOKE.
func (e *editor) grantRole(st *pgsql.Grant) error {
	members, err := e.rolesNamed(st.Roles)
	if err != nil {
		return err
	}
	var granted []string
	for _, p := range st.Privs {
		granted = append(granted, p.Name)
	}
	for _, id := range st.Names {
		granted = append(granted, id.Name)
	}
	for _, g := range granted {
		if e.c.Roles[g] == nil {
			return errNoRole(g)
		}
		for _, m := range members {
			if err := e.membership(m, g, st.Revoke); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *editor) membership(member, of string, revoke bool) error {
	if !revoke && e.c.RoleInherits(of, member) {
		return fault.SQL("0LP01", "role \"%s\" is a member of role \"%s\"", of, member)
	}
	n := *e.c.Roles[member]
	n.MemberOf = slices.DeleteFunc(slices.Clone(n.MemberOf), func(r string) bool { return r == of })
	if !revoke {
		n.MemberOf = append(n.MemberOf, of)
	}
	e.c.Roles[member] = &n
	return nil
}

// dropRole drops a role that owns nothing and holds no privilege.
func (e *editor) dropRole(name string) error {
	if name == e.s.Role {
		return fault.SQL("55006", "current user cannot be dropped")
	}
	var uses []string
	mentions := func(gs []catalog.Grant) bool {
		return slices.ContainsFunc(gs, func(g catalog.Grant) bool { return g.Role == name })
	}
	for _, t := range e.c.AllTables() {
		what := t.KindName() + " " + e.shown(t.Schema, t.Name)
		if t.Owner == name {
			uses = append(uses, "owner of "+what)
		} else if mentions(t.Grants) {
			uses = append(uses, "privileges for "+what)
		}
		for _, p := range t.Policies {
			if slices.Contains(p.Roles, name) {
				uses = append(uses, "target of policy "+p.Name+" on "+what)
			}
		}
	}
	for _, f := range e.c.AllFunctions() {
		if f.Owner == name {
			uses = append(uses, "owner of function "+e.signature(f))
		} else if mentions(f.Grants) {
			uses = append(uses, "privileges for function "+e.signature(f))
		}
	}
	for _, s := range sortedKeys(e.c.Schemas) {
		if e.c.Schemas[s].Owner == name {
			uses = append(uses, "owner of schema "+s)
		} else if mentions(e.c.Schemas[s].Grants) {
			uses = append(uses, "privileges for schema "+s)
		}
	}
	if len(uses) > 0 {
		return fault.SQL("2BP01", "role \"%s\" cannot be dropped because some objects depend on it", name).
			WithDetail(strings.Join(uses, "\n"))
	}
	delete(e.c.Roles, name)
	for _, r := range sortedKeys(e.c.Roles) {
		if slices.Contains(e.c.Roles[r].MemberOf, name) {
			if err := e.membership(r, name, true); err != nil {
				return err
			}
		}
	}
	return nil
}
