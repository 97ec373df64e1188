package catalog

import "slices"

// RoleInherits reports whether role is of, or is a member of it directly or through
// other roles.
func (c *Catalog) RoleInherits(role, of string) bool {
	return slices.Contains(c.RolesOf(role), of)
}

// RolesOf returns role and every role that it is a member of.
func (c *Catalog) RolesOf(role string) []string {
	out := []string{role}
	for i := 0; i < len(out); i++ {
		r := c.Roles[out[i]]
		if r == nil {
			continue
		}
		for _, m := range r.MemberOf {
			if !slices.Contains(out, m) {
				out = append(out, m)
			}
		}
	}
	return out
}

// IsSuper reports whether role is a superuser.
func (c *Catalog) IsSuper(role string) bool {
	r := c.Roles[role]
	return r != nil && r.Super
}

// HasPrivilege reports whether role holds a privilege on a table, or with col on
// that column: as owner, as superuser, by a grant to it, to a role that it is a
// member of, or to PUBLIC.
func (c *Catalog) HasPrivilege(role string, t *Table, priv, col string) bool {
	if c.IsSuper(role) {
		return true
	}
	roles := c.RolesOf(role)
	if slices.Contains(roles, t.Owner) {
		return true
	}
	for _, g := range t.Grants {
		if g.Priv != priv || (g.Role != Public && !slices.Contains(roles, g.Role)) {
			continue
		}
		if len(g.Cols) == 0 || (col != "" && slices.Contains(g.Cols, col)) {
			return true
		}
	}
	return false
}

// HasAnyColumn reports whether role holds the privilege on the table or on at least
// one of its columns.
func (c *Catalog) HasAnyColumn(role string, t *Table, priv string) bool {
	if c.HasPrivilege(role, t, priv, "") {
		return true
	}
	return slices.ContainsFunc(t.Columns, func(col *Column) bool { return c.HasPrivilege(role, t, priv, col.Name) })
}

// CanExecute reports whether role may call f.
func (c *Catalog) CanExecute(role string, f *Function) bool {
	return c.IsSuper(role) || c.RoleInherits(role, f.Owner) || c.Holds(f.Grants, role, "execute")
}

// CanUseSchema reports whether role may look up names in the schema.
func (c *Catalog) CanUseSchema(role, schema string) bool {
	s := c.Schemas[schema]
	return s != nil && (c.IsSuper(role) || c.RoleInherits(role, s.Owner) || c.Holds(s.Grants, role, "usage"))
}

// CanUseSequence reports whether role holds priv ("usage", "select", "update") on q.
func (c *Catalog) CanUseSequence(role string, q *Sequence, priv string) bool {
	return c.IsSuper(role) || c.Holds(q.Grants, role, priv)
}

// Holds reports whether grants give role a privilege.
func (c *Catalog) Holds(gs []Grant, role, priv string) bool {
	roles := c.RolesOf(role)
	return slices.ContainsFunc(gs, func(g Grant) bool {
		return g.Priv == priv && (g.Role == Public || slices.Contains(roles, g.Role))
	})
}
