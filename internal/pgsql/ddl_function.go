package pgsql

import "strings"

func (p *parser) createFunction(at At, replace bool) Stmt {
	s := &CreateFunction{At: at, Replace: replace, Procedure: p.advance().val == "procedure"}
	if p.is("if", "not") {
		p.i++
		p.failHint("Write CREATE OR REPLACE FUNCTION.")
	}
	s.Name = p.funcIdent()
	s.Args = p.funcArgs()
	if p.is("returns") && !p.is("returns", "null", "on") {
		p.i++
		p.returns(s)
	}
	for p.funcOption(s) {
	}
	if s.Language == "" {
		s.Language = "sql"
	}
	return s
}

// funcIdent takes a function's name, qualified or not.
func (p *parser) funcIdent() Ident {
	at := p.at()
	if p.peek(1).isOp(".") {
		return p.nameTail(at, p.colID())
	}
	return Ident{Name: p.funcName()}
}

func (p *parser) returns(s *CreateFunction) {
	if p.is("table") && p.peek(1).isOp("(") {
		p.i++
		s.Table = p.colDefsOf(p.paramName)
		return
	}
	t := p.funcType()
	s.Returns = &t
}

// colDefsOf reads (name type, …) with the given reader of names.
func (p *parser) colDefsOf(name func() string) []ColDef {
	p.expectOp("(")
	var list []ColDef
	for ok := true; ok; ok = p.acceptOp(",") {
		d := ColDef{Name: name()}
		d.Type = p.funcType()
		list = append(list, d)
	}
	p.expectOp(")")
	return list
}

func (p *parser) paramName() string { return p.funcName() }

func (p *parser) funcArgs() []FuncArg {
	p.expectOp("(")
	var list []FuncArg
	for !p.isOp(")") {
		if list != nil {
			p.expectOp(",")
		}
		list = append(list, p.funcArg())
	}
	p.i++
	return list
}

func (p *parser) funcArg() FuncArg {
	a := FuncArg{Mode: p.argMode()}
	if p.argNameAhead() {
		a.Name = p.funcName()
		if a.Mode == "" {
			a.Mode = p.argMode()
		}
	}
	if a.Mode == "" {
		a.Mode = "in"
	}
	a.Type = p.funcType()
	if p.accept("default") || p.acceptOp("=") || p.acceptOp(":=") {
		a.Default = p.expr()
	}
	return a
}

func (p *parser) argMode() string {
	if p.accept("in", "out") {
		return "inout"
	}
	return p.acceptAny("in", "out", "inout", "variadic")
}

// argNameAhead reports whether a parameter's name stands before its type.
func (p *parser) argNameAhead() bool {
	t, next := p.cur(), p.peek(1)
	if t.kind == tIdent && (t.class.kind() == kwColumn || t.class.kind() == kwReserved) {
		return false
	}
	if t.isWord("double") && next.isWord("precision") {
		return p.peek(2).startsType()
	}
	return next.startsType() || next.isWord("in") || next.isWord("variadic")
}

func (t *token) startsType() bool {
	return t.kind == tQuoted || t.kind == tIdent && t.class.kind() != kwReserved
}

// funcOption reads one option of CREATE FUNCTION, in any order.
func (p *parser) funcOption(s *CreateFunction) bool {
	switch p.isAny("language", "immutable", "stable", "volatile", "strict", "called", "returns", "external",
		"security", "leakproof", "not", "parallel", "cost", "rows", "set", "as", "return", "begin",
		"window", "support", "transform") {
	case "language":
		p.i++
		s.Language = strings.ToLower(p.word())
	case "immutable", "stable", "volatile":
		s.Volatility = p.advance().val
	case "strict", "returns", "called":
		s.Strict = p.strictness()
	case "external", "security":
		s.Definer = p.definer()
	case "leakproof", "not":
		s.Leakproof = !p.accept("not")
		p.expect("leakproof")
	case "parallel":
		p.i++
		s.Parallel = p.colID()
	case "cost":
		p.i++
		s.Cost = p.number()
	case "rows":
		p.i++
		s.Rows = p.number()
	case "set":
		if s.Set == nil {
			s.Set = map[string]string{}
		}
		p.i++
		name, val := p.assignment()
		s.Set[name] = val
	case "as", "return", "begin":
		p.body(s)
	case "window", "support", "transform":
		p.refuse(p.at(), "", "CREATE FUNCTION … %s is not supported", strings.ToUpper(p.cur().val))
	default:
		return false
	}
	return true
}

// word takes a name or a string.
func (p *parser) word() string {
	if p.cur().kind == tStr {
		return p.advance().val
	}
	return p.nonReserved()
}

func (p *parser) number() string {
	sign := ""
	if p.acceptOp("-") {
		sign = "-"
	}
	if p.cur().kind != tNum {
		p.fail()
	}
	return sign + p.advance().val
}

// strictness reads STRICT, RETURNS NULL ON NULL INPUT or CALLED ON NULL INPUT.
func (p *parser) strictness() bool {
	if p.accept("strict") {
		return true
	}
	strict := p.accept("returns", "null")
	if !strict {
		p.expect("called")
	}
	p.expect("on")
	p.expect("null")
	p.expect("input")
	return strict
}

func (p *parser) definer() bool {
	p.accept("external")
	p.expect("security")
	return p.expectAny("definer", "invoker") == "definer"
}

// body reads AS '…', RETURN x or BEGIN ATOMIC … END.
func (p *parser) body(s *CreateFunction) {
	if s.Body != "" || s.Stmts != nil {
		p.fail()
	}
	at := p.at()
	switch {
	case p.accept("as"):
		t := *p.cur()
		s.Body = p.str()
		s.BodyPos = Pos(bodyAt(p.src, t) - p.base)
		if p.isOp(",") {
			p.refuse(p.at(), "", "functions in C are not supported")
		}
	case p.accept("return"):
		s.Stmts = []Stmt{&Select{At: at, Targets: []Target{{X: p.expr()}}}}
	default:
		p.expect("begin")
		p.expect("atomic")
		s.Stmts = []Stmt{}
		for !p.accept("end") {
			s.Stmts = append(s.Stmts, p.preparable())
			p.expectOp(";")
		}
	}
}

// signature reads f or f(types) as GRANT, DROP, ALTER and COMMENT write it.
func (p *parser) signature() (Ident, []TypeName, bool) {
	name := p.funcIdent()
	if !p.isOp("(") {
		return name, nil, false
	}
	var types []TypeName
	if p.peek(1).isOp("*") && p.peek(2).isOp(")") {
		p.i += 3
		return name, nil, true
	}
	for _, a := range p.funcArgs() {
		if a.Mode != "out" {
			types = append(types, a.Type)
		}
	}
	return name, types, true
}

func (p *parser) alterFunction(start int, at At) Stmt {
	s := &AlterFunction{At: at}
	what := p.advance().val
	s.Name, s.Args, s.HasArgs = p.signature()
	switch {
	case p.accept("owner", "to"):
		s.Do, s.Text = "owner", p.role()
		return s
	case p.accept("rename", "to"):
		s.Do, s.Text = "rename", p.funcName()
		return s
	case p.accept("set", "schema"):
		s.Do, s.Text = "set schema", p.colID()
		return s
	case p.isAny("depends", "no") != "":
		return p.other(start, "alter "+what)
	}
	p.alterFunctionAction(s)
	p.accept("restrict")
	if p.cur().kind != tEOF && !p.isOp(";") && p.funcOption(&CreateFunction{}) {
		p.refuse(at, "Write one ALTER for each action.", "several actions in one ALTER %s are not supported", strings.ToUpper(what))
	}
	return s
}

func (p *parser) alterFunctionAction(s *AlterFunction) {
	switch p.isAny("immutable", "stable", "volatile", "strict", "called", "returns", "external", "security",
		"leakproof", "not", "parallel", "cost", "rows", "set", "reset") {
	case "immutable", "stable", "volatile":
		s.Do, s.Text = "volatility", p.advance().val
	case "strict", "called", "returns":
		s.Do = "strict"
		if !p.strictness() {
			s.Text = "off"
		}
	case "external", "security":
		s.Do = "invoker"
		if p.definer() {
			s.Do = "definer"
		}
	case "leakproof", "not":
		s.Do = "leakproof"
		if p.accept("not") {
			s.Text = "off"
		}
		p.expect("leakproof")
	case "parallel":
		p.i++
		s.Do, s.Text = "parallel", p.colID()
	case "cost", "rows":
		s.Do = p.advance().val
		s.Text = p.number()
	case "set":
		p.i++
		name, val := p.assignment()
		s.Do, s.Set = "set", map[string]string{name: val}
	case "reset":
		p.i++
		s.Do, s.Text = "reset", p.settingName()
	default:
		p.fail()
	}
}
