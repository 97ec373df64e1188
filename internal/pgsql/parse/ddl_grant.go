package parse

import (
	"github.com/plinth-dev/plinth/internal/pgsql/refuse"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// grant reads GRANT and REVOKE.
func (p *parser) grant() tree.Stmt {
	s := &tree.Grant{At: p.At(), Revoke: p.Advance().Val == "revoke"}
	if s.Revoke && (p.Accept("grant", "option", "for") || p.Accept("admin", "option", "for")) {
		s.GrantOption = true
	}
	refuse.Grant(&p.Cursor)
	p.privileges(s)
	if !p.Accept("on") {
		p.roleGrant(s)
		return s
	}
	p.grantObject(s)
	p.grantees(s)
	return s
}

// privileges reads ALL or a list of privileges or roles.
func (p *parser) privileges(s *tree.Grant) {
	if p.Accept("all") {
		p.Accept("privileges")
		if p.IsOp("(") {
			s.Privs = []tree.Priv{{Name: "all", Cols: p.Columns()}}
		}
		return
	}
	for ok := true; ok; ok = p.AcceptOp(",") {
		v := tree.Priv{Name: p.AcceptAny("select", "references", "create")}
		if v.Name == "" {
			v.Name = p.nonReserved()
			p.Accept("system") // ALTER SYSTEM, of a parameter
		}
		if p.IsOp("(") {
			v.Cols = p.Columns()
		}
		s.Privs = append(s.Privs, v)
	}
}

// roleGrant turns the privileges into roles: GRANT a, b TO c.
func (p *parser) roleGrant(s *tree.Grant) {
	s.What = "role"
	if s.Privs == nil {
		p.Fail()
	}
	for _, v := range s.Privs {
		if v.Cols != nil {
			p.Fail()
		}
		s.Names = append(s.Names, tree.Ident{Name: v.Name})
	}
	s.Privs = nil
	p.grantees(s)
}

// grantees reads TO or FROM with what follows.
func (p *parser) grantees(s *tree.Grant) {
	if s.Revoke {
		p.Expect("from")
	} else {
		p.Expect("to")
	}
	p.Accept("group")
	s.Roles = p.roles()
	if p.Accept("with", "grant", "option") || p.Accept("with", "admin", "option") {
		s.GrantOption = true
	}
	if p.Is("with") {
		p.Refuse(p.At(), "Write WITH ADMIN OPTION.", "this option of GRANT is not supported")
	}
	if p.Accept("granted", "by") {
		p.role()
	}
	s.Cascade = p.cascade()
}

func (p *parser) grantObject(s *tree.Grant) {
	switch {
	case p.Accept("all"):
		s.What = "all " + p.ExpectAny("tables", "sequences", "functions", "procedures", "routines") + " in schema"
		p.Expect("in")
		p.Expect("schema")
		s.Names = p.plainNames()
	case p.IsAny("function", "procedure", "routine") != "":
		s.What = p.Advance().Val
		p.signatures(&s.Names, &s.Args, &s.HasArgs)
	case p.IsAny("schema", "database", "language", "tablespace") != "":
		s.What = p.Advance().Val
		s.Names = p.plainNames()
	case p.IsAny("foreign", "large", "parameter") != "":
		refuse.GrantOn(&p.Cursor)
	default:
		s.What = "table"
		if w := p.IsAny("table", "sequence", "type", "domain"); w != "" {
			p.I++
			s.What = w
		}
		s.Names = p.Names()
	}
}

// plainNames reads a list of unqualified names.
func (p *parser) plainNames() []tree.Ident {
	var list []tree.Ident
	for ok := true; ok; ok = p.AcceptOp(",") {
		list = append(list, tree.Ident{Name: p.nonReserved()})
	}
	return list
}

func (p *parser) signatures(names *[]tree.Ident, args *[][]tree.TypeName, has *[]bool) {
	for ok := true; ok; ok = p.AcceptOp(",") {
		name, types, hasArgs := p.signature()
		*names = append(*names, name)
		*args = append(*args, types)
		*has = append(*has, hasArgs)
	}
}

func (p *parser) defaultPrivileges(at tree.At) tree.Stmt {
	p.I++
	p.Expect("privileges")
	s := &tree.DefaultPrivileges{At: at}
	for {
		switch {
		case p.Accept("for"):
			p.ExpectAny("role", "user")
			s.ForRoles = p.roles()
			continue
		case p.Accept("in", "schema"):
			s.Schemas = p.ColIDs()
			continue
		}
		break
	}
	g := &tree.Grant{At: p.At(), Revoke: p.ExpectAny("grant", "revoke") == "revoke"}
	if g.Revoke && p.Accept("grant", "option", "for") {
		g.GrantOption = true
	}
	p.privileges(g)
	p.Expect("on")
	g.What = p.ExpectAny("tables", "sequences", "functions", "routines", "types", "schemas")
	p.grantees(g)
	s.Grant = g
	return s
}
