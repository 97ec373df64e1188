package parse

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

func (p *parser) createFunction(at tree.At, replace bool) tree.Stmt {
	s := &tree.CreateFunction{At: at, Replace: replace, Procedure: p.Advance().Val == "procedure"}
	if p.Is("if", "not") {
		p.I++
		p.FailHint("Write CREATE OR REPLACE FUNCTION.")
	}
	s.Name = p.funcIdent()
	s.Args = p.funcArgs()
	if p.Is("returns") && !p.Is("returns", "null", "on") {
		p.I++
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
func (p *parser) funcIdent() tree.Ident {
	at := p.At()
	if p.Peek(1).IsOp(".") {
		return p.NameTail(at, p.ColID())
	}
	return tree.Ident{Name: p.FuncName()}
}

func (p *parser) returns(s *tree.CreateFunction) {
	if p.Is("table") && p.Peek(1).IsOp("(") {
		p.I++
		s.Table = p.colDefsOf(p.paramName)
		return
	}
	t := p.funcType()
	s.Returns = &t
}

// colDefsOf reads (name type, …) with the given reader of names.
func (p *parser) colDefsOf(name func() string) []tree.ColDef {
	p.ExpectOp("(")
	var list []tree.ColDef
	for ok := true; ok; ok = p.AcceptOp(",") {
		d := tree.ColDef{Name: name()}
		d.Type = p.funcType()
		list = append(list, d)
	}
	p.ExpectOp(")")
	return list
}

func (p *parser) paramName() string { return p.FuncName() }

func (p *parser) funcArgs() []tree.FuncArg {
	p.ExpectOp("(")
	var list []tree.FuncArg
	for !p.IsOp(")") {
		if list != nil {
			p.ExpectOp(",")
		}
		list = append(list, p.funcArg())
	}
	p.I++
	return list
}

func (p *parser) funcArg() tree.FuncArg {
	a := tree.FuncArg{Mode: p.argMode()}
	if p.argNameAhead() {
		a.Name = p.FuncName()
		if a.Mode == "" {
			a.Mode = p.argMode()
		}
	}
	if a.Mode == "" {
		a.Mode = "in"
	}
	a.Type = p.funcType()
	if p.Accept("default") || p.AcceptOp("=") || p.AcceptOp(":=") {
		a.Default = p.expr()
	}
	return a
}

func (p *parser) argMode() string {
	if p.Accept("in", "out") {
		return "inout"
	}
	return p.AcceptAny("in", "out", "inout", "variadic")
}

// argNameAhead reports whether a parameter's name stands before its type.
func (p *parser) argNameAhead() bool {
	t, next := p.Cur(), p.Peek(1)
	if t.Kind == tIdent && (t.Class.Kind() == kwColumn || t.Class.Kind() == kwReserved) {
		return false
	}
	if t.IsWord("double") && next.IsWord("precision") {
		return startsType(p.Peek(2))
	}
	return startsType(next) || next.IsWord("in") || next.IsWord("variadic")
}

func startsType(t *token) bool {
	return t.Kind == tQuoted || t.Kind == tIdent && t.Class.Kind() != kwReserved
}

// funcOption reads one option of CREATE FUNCTION, in any order.
func (p *parser) funcOption(s *tree.CreateFunction) bool {
	switch p.IsAny("language", "immutable", "stable", "volatile", "strict", "called", "returns", "external",
		"security", "leakproof", "not", "parallel", "cost", "rows", "set", "as", "return", "begin",
		"window", "support", "transform") {
	case "language":
		p.I++
		s.Language = strings.ToLower(p.word())
	case "immutable", "stable", "volatile":
		s.Volatility = p.Advance().Val
	case "strict", "returns", "called":
		s.Strict = p.strictness()
	case "external", "security":
		s.Definer = p.definer()
	case "leakproof", "not":
		s.Leakproof = !p.Accept("not")
		p.Expect("leakproof")
	case "parallel":
		p.I++
		s.Parallel = p.ColID()
	case "cost":
		p.I++
		s.Cost = p.number()
	case "rows":
		p.I++
		s.Rows = p.number()
	case "set":
		if s.Set == nil {
			s.Set = map[string]string{}
		}
		p.I++
		name, val := p.assignment()
		s.Set[name] = val
	case "as", "return", "begin":
		p.body(s)
	case "window", "support", "transform":
		p.Refuse(p.At(), "Leave it out; it is for functions in C.", "CREATE FUNCTION … %s is not supported", strings.ToUpper(p.Cur().Val))
	default:
		return false
	}
	return true
}

// word takes a name or a string.
func (p *parser) word() string {
	if p.Cur().Kind == tStr {
		return p.Advance().Val
	}
	return p.nonReserved()
}

func (p *parser) number() string {
	sign := ""
	if p.AcceptOp("-") {
		sign = "-"
	}
	if p.Cur().Kind != tNum {
		p.Fail()
	}
	return sign + p.Advance().Val
}

// strictness reads STRICT, RETURNS NULL ON NULL INPUT or CALLED ON NULL INPUT.
func (p *parser) strictness() bool {
	if p.Accept("strict") {
		return true
	}
	strict := p.Accept("returns", "null")
	if !strict {
		p.Expect("called")
	}
	p.Expect("on")
	p.Expect("null")
	p.Expect("input")
	return strict
}

func (p *parser) definer() bool {
	p.Accept("external")
	p.Expect("security")
	return p.ExpectAny("definer", "invoker") == "definer"
}

// body reads AS '…', RETURN x or BEGIN ATOMIC … END.
func (p *parser) body(s *tree.CreateFunction) {
	if s.Body != "" || s.Stmts != nil {
		p.Fail()
	}
	at := p.At()
	switch {
	case p.Accept("as"):
		t := *p.Cur()
		s.Body = p.Str()
		s.BodyPos = tree.Pos(lex.BodyAt(p.Src, t) - p.Base)
		if p.IsOp(",") {
			p.Refuse(p.At(), "Write the function in sql or plpgsql.", "functions in C are not supported")
		}
	case p.Accept("return"):
		s.Stmts = []tree.Stmt{&tree.Select{At: at, Targets: []tree.Target{{X: p.expr()}}}}
	default:
		p.Expect("begin")
		p.Expect("atomic")
		s.Stmts = []tree.Stmt{}
		for !p.Accept("end") {
			s.Stmts = append(s.Stmts, p.preparable())
			p.ExpectOp(";")
		}
	}
}

// signature reads f or f(types) as GRANT, DROP, ALTER and COMMENT write it.
func (p *parser) signature() (tree.Ident, []tree.TypeName, bool) {
	name := p.funcIdent()
	if !p.IsOp("(") {
		return name, nil, false
	}
	var types []tree.TypeName
	if p.Peek(1).IsOp("*") && p.Peek(2).IsOp(")") {
		p.I += 3
		return name, nil, true
	}
	for _, a := range p.funcArgs() {
		if a.Mode != "out" {
			types = append(types, a.Type)
		}
	}
	return name, types, true
}

func (p *parser) alterFunction(start int, at tree.At) tree.Stmt {
	s := &tree.AlterFunction{At: at}
	what := p.Advance().Val
	s.Name, s.Args, s.HasArgs = p.signature()
	switch {
	case p.Accept("owner", "to"):
		s.Do, s.Text = "owner", p.role()
		return s
	case p.Accept("rename", "to"):
		s.Do, s.Text = "rename", p.FuncName()
		return s
	case p.Accept("set", "schema"):
		s.Do, s.Text = "set schema", p.ColID()
		return s
	case p.IsAny("depends", "no") != "":
		return p.other(start, "alter "+what)
	}
	p.alterFunctionAction(s)
	p.Accept("restrict")
	if p.Cur().Kind != tEOF && !p.IsOp(";") && p.funcOption(&tree.CreateFunction{}) {
		p.Refuse(at, "Write one ALTER for each action.", "several actions in one ALTER %s are not supported", strings.ToUpper(what))
	}
	return s
}

func (p *parser) alterFunctionAction(s *tree.AlterFunction) {
	switch p.IsAny("immutable", "stable", "volatile", "strict", "called", "returns", "external", "security",
		"leakproof", "not", "parallel", "cost", "rows", "set", "reset", "support") {
	case "support":
		p.Refuse(p.At(), "Leave it out; it is for functions in C.", "ALTER FUNCTION … SUPPORT is not supported")
	case "immutable", "stable", "volatile":
		s.Do, s.Text = "volatility", p.Advance().Val
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
		if p.Accept("not") {
			s.Text = "off"
		}
		p.Expect("leakproof")
	case "parallel":
		p.I++
		s.Do, s.Text = "parallel", p.ColID()
	case "cost", "rows":
		s.Do = p.Advance().Val
		s.Text = p.number()
	case "set":
		p.I++
		name, val := p.assignment()
		s.Do, s.Set = "set", map[string]string{name: val}
	case "reset":
		p.I++
		s.Do, s.Text = "reset", p.settingName()
	default:
		p.Fail()
	}
}
