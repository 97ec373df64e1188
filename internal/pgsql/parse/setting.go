package parse

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/refuse"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// setting reads SET, RESET and SHOW.
func (p *parser) setting() tree.Stmt {
	start := p.I
	s := &tree.Set{At: p.At()}
	switch p.Advance().Val {
	case "reset", "show":
		s.Reset = p.Toks[start].Val == "reset"
		s.Show = !s.Reset
		s.Name = p.settingName()
		return s
	}
	switch p.IsAny("transaction", "constraints") {
	case "transaction":
		return p.other(start, "set transaction")
	case "constraints":
		return p.other(start, "set constraints")
	}
	if p.Is("session", "characteristics") {
		return p.other(start, "set session characteristics")
	}
	if !p.Is("session", "authorization") {
		s.Local = p.AcceptAny("local", "session") == "local"
	}
	s.Name, s.Val = p.assignment()
	return s
}

// settingName reads a setting's name; the words with a syntax of their own become
// the name that Postgres stores them under.
func (p *parser) settingName() string {
	switch {
	case p.Accept("time", "zone"):
		return "timezone"
	case p.Accept("session", "authorization"):
		return "session_authorization"
	case p.Accept("all"):
		return "all"
	case p.Accept("transaction", "isolation", "level"):
		return "transaction_isolation"
	}
	name := p.ColID()
	for p.AcceptOp(".") {
		name += "." + p.ColID()
	}
	return name
}

// assignment reads what follows SET: the name and the normalised value.
func (p *parser) assignment() (name, val string) {
	switch {
	case p.Is("role"), p.Is("session", "authorization"), p.Is("time", "zone"):
		name = p.settingName()
		if name == "role" && (p.IsOp("=") || p.Is("to")) || name == "timezone" && p.Is("to") {
			p.I++
		}
		if name == "timezone" && p.Accept("local") {
			return name, "default"
		}
		return name, p.settingValue()
	case p.Accept("names"):
		return "client_encoding", p.settingValue()
	case p.Is("schema") && p.Peek(1).Kind == tStr:
		p.I++
		return "search_path", p.settingValue()
	}
	refuse.Setting(&p.Cursor)
	name = p.settingName()
	if p.Accept("from", "current") {
		return name, "from current"
	}
	if !p.AcceptOp("=") {
		p.Expect("to")
	}
	return name, p.settingList()
}

func (p *parser) settingList() string {
	list := []string{p.settingValue()}
	for p.AcceptOp(",") {
		list = append(list, p.settingValue())
	}
	return strings.Join(list, ", ")
}

// settingValue reads one value: a word stands bare, anything else as a literal, so
// that set x = 'a' and set x to a are the same.
func (p *parser) settingValue() string {
	t := p.Cur()
	switch {
	case t.Kind == tStr, t.Kind == tQuoted:
		p.I++
		if bareValue(t.Val) {
			return t.Val
		}
		return lex.QuoteLiteral(t.Val)
	case t.Kind == tNum, t.IsOp("-"), t.IsOp("+"):
		sign := ""
		if p.AcceptOp("-") {
			sign = "-"
		} else {
			p.AcceptOp("+")
		}
		return sign + p.number()
	case p.Accept("interval"):
		val := p.Str()
		refuse.ZoneFields(&p.Cursor)
		return lex.QuoteLiteral(val)
	case t.IsWord("default"), t.IsWord("on"), t.IsWord("true"), t.IsWord("false"):
		p.I++
		return t.Val
	}
	val := p.nonReserved()
	if bareValue(val) {
		return val
	}
	return lex.QuoteLiteral(val)
}

// bareValue reports whether a value reads the same without quotes.
func bareValue(s string) bool {
	switch s {
	case "on", "true", "false":
		return true
	case "interval":
		return false
	}
	return lex.PlainIdent(s) && lex.Keyword(s).Kind() != kwReserved
}
