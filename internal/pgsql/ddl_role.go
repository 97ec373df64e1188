package pgsql

import (
	"strconv"
	"strings"
)

func (p *parser) createRole(at At) Stmt {
	user := p.advance().val == "user"
	s := &CreateRole{At: at, Name: p.role()}
	p.accept("with")
	p.roleOptions(s)
	if user {
		s.Options = append([]string{"login"}, s.Options...)
	}
	return s
}

func (p *parser) alterRole(start int, at At) Stmt {
	p.i++
	s := &CreateRole{At: at, Alter: true}
	if p.accept("all") {
		s.Name = "all"
	} else {
		s.Name = p.role()
	}
	switch {
	case p.is("rename"):
		return p.other(start, "alter role rename")
	case p.accept("in", "database"):
		p.colID()
	}
	switch {
	case p.accept("set"):
		name, val := p.assignment()
		s.Options = []string{"set " + settingText(name) + " = " + val}
	case p.accept("reset"):
		s.Options = []string{"reset " + settingText(p.settingName())}
	default:
		p.accept("with")
		p.roleOptions(s)
	}
	return s
}

func (p *parser) roleOptions(s *CreateRole) {
	for {
		o := p.roleOption()
		if o == "" {
			return
		}
		s.Options = append(s.Options, o)
	}
}

// roleOption reads one option as lower-case text, "" for none.
func (p *parser) roleOption() string {
	t := p.cur()
	if t.kind != tIdent {
		return ""
	}
	switch t.val {
	case "superuser", "nosuperuser", "createdb", "nocreatedb", "createrole", "nocreaterole", "inherit",
		"noinherit", "login", "nologin", "replication", "noreplication", "bypassrls", "nobypassrls":
		p.i++
		return t.val
	case "encrypted", "password":
		p.accept("encrypted")
		p.expect("password")
		if !p.accept("null") {
			p.str()
		}
		return "password"
	case "connection":
		p.i++
		p.expect("limit")
		return "connection limit " + strconv.FormatInt(p.int64(), 10)
	case "valid":
		p.i++
		p.expect("until")
		return "valid until " + QuoteLiteral(p.str())
	case "sysid":
		p.i++
		return "sysid " + p.number()
	case "in":
		p.i++
		p.expectAny("role", "group")
		return "in role " + p.roleList()
	case "role", "admin", "user":
		p.i++
		return t.val + " " + p.roleList()
	}
	return ""
}

func (p *parser) roleList() string {
	list := p.roles()
	for i, r := range list {
		list[i] = QuoteIdent(r)
	}
	return strings.Join(list, ", ")
}

func (w *printer) createRole(s *CreateRole) {
	w.str(map[bool]string{true: "alter role ", false: "create role "}[s.Alter])
	if s.Alter && s.Name == "all" {
		w.str(s.Name)
	} else {
		w.role(s.Name)
	}
	for _, o := range s.Options {
		if o == "password" {
			o = "password null"
		}
		w.str(" ", o)
	}
}
