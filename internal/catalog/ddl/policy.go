package ddl

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

func (e *editor) createPolicy(st *pgsql.CreatePolicy) error {
	t, err := e.table(st.Table)
	if err != nil {
		return err
	}
	p := &catalog.Policy{Name: st.Name, Permissive: !st.Restrictive, Command: st.Command}
	if p.Command == "" {
		p.Command = "all"
	}
	if st.Check != nil && (p.Command == "select" || p.Command == "delete") {
		return fault.SQL("42601", "WITH CHECK cannot be applied to SELECT or DELETE")
	}
	if st.Using != nil && p.Command == "insert" {
		return fault.SQL("42601", "only WITH CHECK expression allowed for INSERT")
	}
	if p.Roles, err = e.policyRoles(st.Roles); err != nil {
		return err
	}
	if t.Policy(p.Name) != nil {
		return fault.SQL("42710", "policy \"%s\" for table \"%s\" already exists", p.Name, t.Name)
	}
	self := scope.Rel{Name: t.Name, T: t}
	p.Using, p.Check = e.qualified(st.Using, self), e.qualified(st.Check, self)
	t.Policies = append(t.Policies, p)
	sortPolicies(t)
	return e.checkPolicy(t, p)
}

func (e *editor) policyRoles(names []string) ([]string, error) {
	if len(names) == 0 || slices.Contains(names, catalog.Public) {
		return []string{catalog.Public}, nil
	}
	return e.rolesNamed(names)
}

func (e *editor) checkPolicy(t *catalog.Table, p *catalog.Policy) error {
	if e.s.Check == nil {
		return nil
	}
	return e.s.Check.CheckPolicy(e.c, t, p)
}

func (e *editor) alterPolicy(st *pgsql.AlterPolicy) error {
	t, err := e.table(st.Table)
	if err != nil {
		return err
	}
	p := t.Policy(st.Name)
	if p == nil {
		return fault.SQL("42704", "policy \"%s\" for table \"%s\" does not exist", st.Name, t.Name)
	}
	if st.NewName != "" {
		if t.Policy(st.NewName) != nil {
			return fault.SQL("42710", "policy \"%s\" for table \"%s\" already exists", st.NewName, t.Name)
		}
		p.Name = st.NewName
		sortPolicies(t)
		return nil
	}
	if len(st.Roles) > 0 {
		if p.Roles, err = e.policyRoles(st.Roles); err != nil {
			return err
		}
	}
	if st.Using != nil && p.Command == "insert" {
		return fault.SQL("42601", "only WITH CHECK expression allowed for INSERT")
	}
	if st.Check != nil && (p.Command == "select" || p.Command == "delete") {
		return fault.SQL("42601", "only USING expression allowed for SELECT, DELETE")
	}
	self := scope.Rel{Name: t.Name, T: t}
	if st.Using != nil {
		p.Using = e.qualified(st.Using, self)
	}
	if st.Check != nil {
		p.Check = e.qualified(st.Check, self)
	}
	return e.checkPolicy(t, p)
}
