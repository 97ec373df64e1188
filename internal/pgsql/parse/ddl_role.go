package parse

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/print"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

func (p *parser) createRole(at tree.At) tree.Stmt {
	user := p.Advance().Val == "user"
	s := &tree.CreateRole{At: at, Name: p.role()}
	p.Accept("with")
	p.roleOptions(s)
	if user {
		s.Options = append([]string{"login"}, s.Options...)
	}
	return s
}

func (p *parser) alterRole(start int, at tree.At) tree.Stmt {
	p.I++
	s := &tree.CreateRole{At: at, Alter: true}
	if p.Is("all") {
		return p.other(start, "alter role all")
	}
	s.Name = p.role()
	switch {
	case p.Is("rename"):
		return p.other(start, "alter role rename")
	case p.Accept("in", "database"):
		p.ColID()
	}
	switch {
	case p.Accept("set"):
		name, val := p.assignment()
		s.Options = []string{"set " + print.Setting(name) + " = " + val}
	case p.Accept("reset"):
		s.Options = []string{"reset " + print.Setting(p.settingName())}
	default:
		p.Accept("with")
		p.roleOptions(s)
	}
	return s
}

func (p *parser) roleOptions(s *tree.CreateRole) {
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
	t := p.Cur()
	if t.Kind != tIdent {
		return ""
	}
	switch t.Val {
	case "superuser", "nosuperuser", "createdb", "nocreatedb", "createrole", "nocreaterole", "inherit",
		"noinherit", "login", "nologin", "replication", "noreplication", "bypassrls", "nobypassrls":
		p.I++
		return t.Val
	case "encrypted", "password":
		p.Accept("encrypted")
		p.Expect("password")
		if !p.Accept("null") {
			p.Str()
		}
		return "password"
	case "connection":
		p.I++
		p.Expect("limit")
		return "connection limit " + strconv.FormatInt(p.int64(), 10)
	case "valid":
		p.I++
		p.Expect("until")
		return "valid until " + lex.QuoteLiteral(p.Str())
	case "sysid":
		p.I++
		return "sysid " + p.number()
	case "in":
		p.I++
		p.ExpectAny("role", "group")
		return "in role " + p.roleList()
	case "role", "admin", "user":
		p.I++
		return t.Val + " " + p.roleList()
	}
	return ""
}

func (p *parser) roleList() string {
	list := p.roles()
	for i, r := range list {
		list[i] = lex.QuoteIdent(r)
	}
	return strings.Join(list, ", ")
}
