package pgsql

// grant reads GRANT and REVOKE.
func (p *parser) grant() Stmt {
	s := &Grant{At: p.at(), Revoke: p.advance().val == "revoke"}
	if s.Revoke && (p.accept("grant", "option", "for") || p.accept("admin", "option", "for")) {
		s.GrantOption = true
	}
	p.privileges(s)
	if !p.accept("on") {
		p.roleGrant(s)
		return s
	}
	p.grantObject(s)
	p.grantees(s)
	return s
}

// privileges reads ALL or a list of privileges or roles.
func (p *parser) privileges(s *Grant) {
	if p.accept("all") {
		p.accept("privileges")
		if p.isOp("(") {
			s.Privs = []Priv{{Name: "all", Cols: p.columns()}}
		}
		return
	}
	for ok := true; ok; ok = p.acceptOp(",") {
		v := Priv{Name: p.acceptAny("select", "references", "create")}
		if v.Name == "" {
			v.Name = p.nonReserved()
		}
		if p.isOp("(") {
			v.Cols = p.columns()
		}
		s.Privs = append(s.Privs, v)
	}
}

// roleGrant turns the privileges into roles: GRANT a, b TO c.
func (p *parser) roleGrant(s *Grant) {
	s.What = "role"
	if s.Privs == nil {
		p.fail()
	}
	for _, v := range s.Privs {
		if v.Cols != nil {
			p.fail()
		}
		s.Names = append(s.Names, Ident{Name: v.Name})
	}
	s.Privs = nil
	p.grantees(s)
}

// grantees reads TO or FROM with what follows.
func (p *parser) grantees(s *Grant) {
	if s.Revoke {
		p.expect("from")
	} else {
		p.expect("to")
	}
	p.accept("group")
	s.Roles = p.roles()
	if p.accept("with", "grant", "option") || p.accept("with", "admin", "option") {
		s.GrantOption = true
	}
	if p.is("with") {
		p.refuse(p.at(), "Write WITH ADMIN OPTION.", "this option of GRANT is not supported")
	}
	if p.accept("granted", "by") {
		p.role()
	}
	s.Cascade = p.cascade()
}

func (p *parser) grantObject(s *Grant) {
	switch {
	case p.accept("all"):
		s.What = "all " + p.expectAny("tables", "sequences", "functions", "procedures", "routines") + " in schema"
		p.expect("in")
		p.expect("schema")
		s.Names = p.plainNames()
	case p.isAny("function", "procedure", "routine") != "":
		s.What = p.advance().val
		p.signatures(&s.Names, &s.Args, &s.HasArgs)
	case p.isAny("schema", "database", "language", "tablespace") != "":
		s.What = p.advance().val
		s.Names = p.plainNames()
	case p.isAny("foreign", "large", "parameter") != "":
		p.refuse(p.at(), "", "GRANT on this kind of object is not supported")
	default:
		s.What = "table"
		if w := p.isAny("table", "sequence", "type", "domain"); w != "" {
			p.i++
			s.What = w
		}
		s.Names = p.names()
	}
}

// plainNames reads a list of unqualified names.
func (p *parser) plainNames() []Ident {
	var list []Ident
	for ok := true; ok; ok = p.acceptOp(",") {
		list = append(list, Ident{Name: p.nonReserved()})
	}
	return list
}

func (p *parser) signatures(names *[]Ident, args *[][]TypeName, has *[]bool) {
	for ok := true; ok; ok = p.acceptOp(",") {
		name, types, hasArgs := p.signature()
		*names = append(*names, name)
		*args = append(*args, types)
		*has = append(*has, hasArgs)
	}
}

func (p *parser) defaultPrivileges(at At) Stmt {
	p.i++
	p.expect("privileges")
	s := &DefaultPrivileges{At: at}
	for {
		switch {
		case p.accept("for"):
			p.expectAny("role", "user")
			s.ForRoles = p.roles()
			continue
		case p.accept("in", "schema"):
			s.Schemas = p.colIDs()
			continue
		}
		break
	}
	g := &Grant{At: p.at(), Revoke: p.expectAny("grant", "revoke") == "revoke"}
	if g.Revoke && p.accept("grant", "option", "for") {
		g.GrantOption = true
	}
	p.privileges(g)
	p.expect("on")
	g.What = p.expectAny("tables", "sequences", "functions", "routines", "types", "schemas")
	p.grantees(g)
	s.Grant = g
	return s
}

// Printing.

func (w *printer) grant(s *Grant) {
	w.str(map[bool]string{true: "revoke ", false: "grant "}[s.Revoke])
	if s.Revoke && s.GrantOption {
		w.str(map[bool]string{true: "admin", false: "grant"}[s.What == "role"], " option for ")
	}
	if s.What == "role" {
		w.idList(s.Names)
	} else {
		w.privileges(s.Privs)
		w.str(" on ")
		w.grantObject(s)
	}
	w.str(map[bool]string{true: " from ", false: " to "}[s.Revoke])
	w.roles(s.Roles)
	if s.GrantOption && !s.Revoke {
		w.str(map[bool]string{true: " with admin", false: " with grant"}[s.What == "role"], " option")
	}
	w.opt(s.Cascade, " cascade")
}

func (w *printer) privileges(list []Priv) {
	if list == nil {
		w.str("all")
	}
	w.list(len(list), func(i int) {
		switch name := list[i].Name; name {
		case "select", "references", "create", "all":
			w.str(name)
		default:
			w.ident(name)
		}
		w.cols(list[i].Cols)
	})
}

func (w *printer) grantObject(s *Grant) {
	switch s.What {
	case "tables", "sequences", "functions", "routines", "types", "schemas":
		w.str(s.What)
		return
	}
	w.str(s.What, " ")
	if s.HasArgs != nil {
		w.signatures(s.Names, s.Args, s.HasArgs)
		return
	}
	w.idList(s.Names)
}

func (w *printer) signatures(names []Ident, args [][]TypeName, has []bool) {
	w.list(len(names), func(i int) {
		w.str(quoteFunc(names[i]))
		if i < len(has) && has[i] {
			w.types(args[i])
		}
	})
}

func (w *printer) types(list []TypeName) {
	w.str("(")
	w.list(len(list), func(i int) { w.str(list[i].String()) })
	w.str(")")
}

func (w *printer) defaultPrivileges(s *DefaultPrivileges) {
	w.str("alter default privileges")
	if s.ForRoles != nil {
		w.str(" for role ")
		w.roles(s.ForRoles)
	}
	if s.Schemas != nil {
		w.str(" in schema ")
		w.idents(s.Schemas)
	}
	w.str(" ")
	w.grant(s.Grant)
}
