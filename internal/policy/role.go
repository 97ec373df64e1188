package policy

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/fault"
)

// Bypasses reports whether row-level security of t does not concern role: it is off,
// or role is a superuser, has BYPASSRLS, or owns the table without FORCE.
func Bypasses(cat *catalog.Catalog, role string, t *catalog.Table) bool {
	if !t.RLS || t.Kind != catalog.Base {
		return true
	}
	if r := cat.Roles[role]; r != nil && (r.Super || r.BypassRLS) {
		return true
	}
	return !t.ForceRLS && cat.RoleInherits(role, t.Owner)
}

// policySet is the policies of one command that concern a role, each by name.
type policySet struct {
	permissive, restrictive []*catalog.Policy
}

func (s *securer) policies(role string, t *catalog.Table, cmd string) policySet {
	var set policySet
	for _, p := range t.PoliciesFor(cmd, s.cfg.Bind.Catalog.RolesOf(role)) {
		if p.Permissive {
			set.permissive = append(set.permissive, p)
		} else {
			set.restrictive = append(set.restrictive, p)
		}
	}
	return set
}

// CheckPrivileges reports the first table or function of a statement that its actor
// may not use. role acts where a use names no actor.
func CheckPrivileges(cat *catalog.Catalog, role string, st *bind.Stmt) error {
	return privileges(cat, role, st.Uses, st.Calls)
}

func privileges(cat *catalog.Catalog, role string, uses []bind.Use, calls []*catalog.Function) error {
	for _, u := range uses {
		actor := u.Actor
		if actor == "" {
			actor = role
		}
		if !may(cat, actor, u) {
			what := "table"
			if u.Table.Kind == catalog.View {
				what = "view"
			}
			if u.Table.Kind == catalog.MatView {
				what = "materialized view"
			}
			f := fault.SQL("42501", "permission denied for %s %s", what, u.Table.Name)
			f.Schema, f.Table = u.Table.Schema, u.Table.Name
			return f
		}
	}
	for _, f := range calls {
		if !cat.CanExecute(role, f) {
			return fault.SQL("42501", "permission denied for function %s", f.Name)
		}
	}
	return nil
}

// may reports whether actor holds the privilege on the table, or on each column used.
func may(cat *catalog.Catalog, actor string, u bind.Use) bool {
	if cat.HasPrivilege(actor, u.Table, u.Priv, "") {
		return true
	}
	switch {
	case u.Priv == "delete":
		return false
	case len(u.Cols) == 0:
		return cat.HasAnyColumn(actor, u.Table, u.Priv)
	}
	for _, i := range u.Cols {
		if !cat.HasPrivilege(actor, u.Table, u.Priv, u.Table.Columns[i].Name) {
			return false
		}
	}
	return true
}
