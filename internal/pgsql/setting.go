package pgsql

import "strings"

// setting reads SET, RESET and SHOW.
func (p *parser) setting() Stmt {
	start := p.i
	s := &Set{At: p.at()}
	switch p.advance().val {
	case "reset", "show":
		s.Reset = p.toks[start].val == "reset"
		s.Show = !s.Reset
		s.Name = p.settingName()
		return s
	}
	switch p.isAny("transaction", "constraints") {
	case "transaction":
		return p.other(start, "set transaction")
	case "constraints":
		return p.other(start, "set constraints")
	}
	if p.is("session", "characteristics") {
		return p.other(start, "set session characteristics")
	}
	if !p.is("session", "authorization") {
		s.Local = p.acceptAny("local", "session") == "local"
	}
	s.Name, s.Val = p.assignment()
	return s
}

// settingName reads a setting's name; the words with a syntax of their own become
// the name that Postgres stores them under.
func (p *parser) settingName() string {
	switch {
	case p.accept("time", "zone"):
		return "timezone"
	case p.accept("session", "authorization"):
		return "session_authorization"
	case p.accept("all"):
		return "all"
	case p.accept("transaction", "isolation", "level"):
		return "transaction_isolation"
	}
	name := p.colID()
	for p.acceptOp(".") {
		name += "." + p.colID()
	}
	return name
}

// assignment reads what follows SET: the name and the normalised value.
func (p *parser) assignment() (name, val string) {
	switch {
	case p.is("role"), p.is("session", "authorization"), p.is("time", "zone"):
		name = p.settingName()
		if name == "role" && (p.isOp("=") || p.is("to")) || name == "timezone" && p.is("to") {
			p.i++
		}
		return name, p.settingValue()
	case p.accept("names"):
		return "client_encoding", p.settingValue()
	case p.is("schema") && p.peek(1).kind == tStr:
		p.i++
		return "search_path", p.settingValue()
	}
	name = p.settingName()
	if p.accept("from", "current") {
		return name, "from current"
	}
	if !p.acceptOp("=") {
		p.expect("to")
	}
	return name, p.settingList()
}

func (p *parser) settingList() string {
	list := []string{p.settingValue()}
	for p.acceptOp(",") {
		list = append(list, p.settingValue())
	}
	return strings.Join(list, ", ")
}

// settingValue reads one value: a word stands bare, anything else as a literal, so
// that set x = 'a' and set x to a are the same.
func (p *parser) settingValue() string {
	t := p.cur()
	switch {
	case t.kind == tStr, t.kind == tQuoted:
		p.i++
		if bareValue(t.val) {
			return t.val
		}
		return QuoteLiteral(t.val)
	case t.kind == tNum, t.isOp("-"), t.isOp("+"):
		sign := ""
		if p.acceptOp("-") {
			sign = "-"
		} else {
			p.acceptOp("+")
		}
		return sign + p.number()
	case p.accept("interval"):
		return QuoteLiteral(p.str())
	case t.isWord("default"), t.isWord("on"), t.isWord("true"), t.isWord("false"):
		p.i++
		return t.val
	}
	val := p.nonReserved()
	if bareValue(val) {
		return val
	}
	return QuoteLiteral(val)
}

// bareValue reports whether a value reads the same without quotes.
func bareValue(s string) bool {
	switch s {
	case "on", "true", "false":
		return true
	case "interval":
		return false
	}
	return plainIdent(s) && keyword(s).kind() != kwReserved
}

// SettingValues splits the value of a Set, or of a function's SET, into its items
// without quotes: "a, 'B'" is a and B; two quotes are one empty item.
func SettingValues(val string) []string {
	toks, err := lex(val)
	if err != nil {
		return []string{val}
	}
	var list []string
	sign := ""
	for _, t := range toks {
		switch {
		case t.isOp("-"):
			sign = "-"
		case t.kind != tEOF && t.kind != tOp:
			list = append(list, sign+t.val)
			sign = ""
		}
	}
	return list
}

func (w *printer) set(s *Set) {
	switch {
	case s.Show:
		w.str("show ", settingText(s.Name))
	case s.Reset:
		w.str("reset ", settingText(s.Name))
	default:
		w.str("set ")
		w.opt(s.Local, "local ")
		w.assignment(s.Name, s.Val)
	}
}

func (w *printer) assignment(name, val string) {
	switch {
	case name == "session_authorization":
		w.str("session authorization ", val)
	case val == "from current":
		w.str(settingText(name), " from current")
	default:
		w.str(settingText(name), " to ", val)
	}
}

func settingText(name string) string {
	if name == "all" || name == "session_authorization" {
		return strings.Replace(name, "_", " ", 1)
	}
	parts := strings.Split(name, ".")
	for i, s := range parts {
		parts[i] = QuoteIdent(s)
	}
	return strings.Join(parts, ".")
}
