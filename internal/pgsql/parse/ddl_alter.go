package parse

import (
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// alter reads ALTER, by the words behind it.
func (p *parser) alter() tree.Stmt {
	start, at := p.I, p.At()
	p.I++
	switch w := p.IsAny("table", "view", "materialized", "index", "sequence", "type", "domain", "policy",
		"function", "procedure", "routine", "publication", "default", "role", "user", "group", "schema"); w {
	case "table", "view", "materialized", "index":
		return p.alterTable(start, at)
	case "sequence":
		return p.alterSequence(start, at)
	case "type", "domain":
		return p.alterType(start, at)
	case "policy":
		return p.alterPolicy(at)
	case "function", "procedure", "routine":
		return p.alterFunction(start, at)
	case "publication":
		return p.alterPublication(start, at)
	case "default":
		return p.defaultPrivileges(at)
	case "role", "user":
		if !p.Is("user", "mapping") {
			return p.alterRole(start, at)
		}
	case "group", "schema":
		return p.other(start, "alter "+w)
	}
	for _, w := range []string{"trigger", "extension"} {
		if p.Is(w) {
			return p.other(start, "alter "+w)
		}
	}
	return p.otherKind(start, "alter")
}

// relationKind takes "table", "view", "materialized view", "index".
func (p *parser) relationKind() string {
	w := p.Advance().Val
	if w == "materialized" {
		p.Expect("view")
		return "materialized view"
	}
	return w
}

func (p *parser) alterTable(start int, at tree.At) tree.Stmt {
	s := &tree.AlterTable{At: at, What: p.relationKind()}
	if p.Accept("all", "in", "tablespace") {
		return p.other(start, "alter "+s.What+" all in tablespace")
	}
	s.IfExists = p.ifExists()
	s.Only = p.Accept("only")
	s.Name = p.Name()
	p.AcceptOp("*")
	for ok := true; ok; ok = p.AcceptOp(",") {
		if !p.alterAction(s) {
			return p.other(start, "alter "+s.What)
		}
	}
	return s
}

// alterSequence is an AlterTable where it changes name, owner or schema.
func (p *parser) alterSequence(start int, at tree.At) tree.Stmt {
	p.I++
	s := &tree.CreateSequence{At: at, Alter: true, IfExists: p.ifExists(), Name: p.Name()}
	if p.IsAny("owner", "rename") != "" || p.Is("set", "schema") {
		t := &tree.AlterTable{At: at, What: "sequence", Name: s.Name, IfExists: s.IfExists}
		p.alterAction(t)
		return t
	}
	if p.Is("set") {
		return p.other(start, "alter sequence set")
	}
	p.sequenceOptions(s)
	return s
}

// alterAction reads one action into s; false means that the tree has no place for it.
func (p *parser) alterAction(s *tree.AlterTable) bool {
	a := tree.AlterAction{At: p.At()}
	ok := true
	switch p.AcceptAny("add", "drop", "alter", "rename", "set", "reset", "owner", "validate", "enable",
		"disable", "force", "no", "replica", "cluster") {
	case "add":
		p.alterAdd(&a)
	case "drop":
		p.alterDrop(&a)
	case "alter":
		if p.Accept("constraint") {
			a.Do, a.Name = "alter constraint", p.ColID()
			a.Constraint = &tree.Constraint{At: a.At}
			p.constraintAttrs(a.Constraint)
			break
		}
		p.Accept("column")
		if p.Cur().Kind == tNum { // of an index
			return false
		}
		a.Name = p.ColID()
		return p.alterColumn(s, a)
	case "rename":
		p.alterRename(&a)
	case "set", "reset":
		p.I--
		ok = p.alterSet(&a)
	case "owner":
		p.Expect("to")
		a.Do, a.NewName = "owner", p.role()
	case "validate":
		p.Expect("constraint")
		a.Do, a.Name = "validate constraint", p.ColID()
	case "enable", "disable":
		p.I--
		ok = p.alterEnable(&a)
	case "force":
		p.rowSecurity(&a, "force rls")
	case "no":
		if p.Is("inherit") {
			return false
		}
		p.Expect("force")
		p.rowSecurity(&a, "no force rls")
	case "replica":
		p.replicaIdentity(&a)
	case "cluster":
		p.Expect("on")
		a.Do, a.Name = "cluster", p.ColID()
	default:
		return p.unmodelledAction()
	}
	s.Actions = append(s.Actions, a)
	return ok
}

// unmodelledAction reports false for an action that Postgres has, and fails at
// any other word.
func (p *parser) unmodelledAction() bool {
	if p.IsAny("attach", "detach", "inherit", "of", "not", "depends", "options") == "" {
		p.Fail()
	}
	return false
}

func (p *parser) rowSecurity(a *tree.AlterAction, do string) {
	p.Expect("row")
	p.Expect("level")
	p.Expect("security")
	a.Do = do
}

func (p *parser) alterAdd(a *tree.AlterAction) {
	if p.constraintStart() {
		c := p.tableConstraint()
		a.Do, a.Constraint = "add constraint", &c
		return
	}
	p.Accept("column")
	a.Do, a.IfNotExists = "add column", p.ifNotExists()
	c := p.columnDef()
	a.Column = &c
}

func (p *parser) alterDrop(a *tree.AlterAction) {
	a.Do = "drop column"
	if p.Accept("constraint") {
		a.Do = "drop constraint"
	} else {
		p.Accept("column")
	}
	a.IfExists = p.ifExists()
	a.Name = p.ColID()
	a.Cascade = p.cascade()
}

func (p *parser) alterRename(a *tree.AlterAction) {
	switch {
	case p.Accept("to"):
		a.Do, a.NewName = "rename", p.ColID()
		return
	case p.Accept("constraint"):
		a.Do = "rename constraint"
	default:
		p.Accept("column")
		a.Do = "rename column"
	}
	a.Name = p.ColID()
	p.Expect("to")
	a.NewName = p.ColID()
}

func (p *parser) alterSet(a *tree.AlterAction) bool {
	word := p.Advance().Val
	switch {
	case p.IsOp("("):
		a.Do, a.Params = word+" options", p.params()
	case word == "set" && p.Accept("schema"):
		a.Do, a.NewName = "set schema", p.ColID()
	case word == "set" && p.IsAny("logged", "unlogged", "tablespace", "access", "without") != "":
		return false
	default:
		p.Fail()
	}
	return true
}

func (p *parser) alterEnable(a *tree.AlterAction) bool {
	word := p.Advance().Val
	if p.Is("row") {
		p.rowSecurity(a, word+" rls")
		return true
	}
	if p.IsAny("always", "replica", "rule") != "" {
		return false
	}
	p.Expect("trigger")
	a.Do = word + " trigger"
	if a.Name = p.AcceptAny("all", "user"); a.Name == "" {
		a.Name = p.ColID()
	}
	return true
}

func (p *parser) replicaIdentity(a *tree.AlterAction) {
	p.Expect("identity")
	a.Do = "replica identity"
	if p.Accept("using", "index") {
		a.NewName = p.ColID()
		return
	}
	a.NewName = p.ExpectAny("full", "nothing", "default")
}

// alterColumn reads what follows ALTER COLUMN name; it may make several actions.
func (p *parser) alterColumn(s *tree.AlterTable, a tree.AlterAction) bool {
	switch {
	case p.Accept("set", "data", "type"), p.Accept("type"):
		a.Do, a.Type = "set type", p.typeName()
		if p.Accept("collate") {
			a.Collation = p.collation()
		}
		if p.Accept("using") {
			a.X = p.expr()
		}
	case p.Accept("set", "default"):
		a.Do, a.X = "set default", p.expr()
	case p.Accept("drop", "default"):
		a.Do = "drop default"
	case p.Accept("set", "not", "null"):
		a.Do = "set not null"
	case p.Accept("drop", "not", "null"):
		a.Do = "drop not null"
	case p.Accept("set", "statistics"):
		a.Do = "set statistics"
		p.int64()
	case p.Accept("set", "storage"):
		a.Do, a.NewName = "set storage", p.Label()
	case p.Accept("drop", "expression"):
		a.Do, a.IfExists = "drop expression", p.ifExists()
	case p.Accept("drop", "identity"):
		a.Do, a.IfExists = "drop identity", p.ifExists()
	case p.Accept("add", "generated"):
		a.Do = "add identity"
		p.addIdentity(&a)
	case p.Is("set") && p.Peek(1).IsOp("("), p.Is("reset"), p.Is("set", "compression"), p.Is("set", "expression"):
		return false
	default:
		return p.setIdentity(s, a)
	}
	s.Actions = append(s.Actions, a)
	return true
}

func (p *parser) addIdentity(a *tree.AlterAction) {
	a.NewName = "always"
	if !p.Accept("always") {
		p.Expect("by")
		p.Expect("default")
		a.NewName = "by default"
	}
	p.Expect("as")
	p.Expect("identity")
	if p.AcceptOp("(") {
		a.Options = p.seqOptions()
		p.ExpectOp(")")
	}
}

// setIdentity reads SET GENERATED …, SET START … and RESTART in a row.
func (p *parser) setIdentity(s *tree.AlterTable, a tree.AlterAction) bool {
	n := 0
	for ; ; n++ {
		b := a
		switch {
		case p.Accept("set", "generated"):
			b.Do, b.NewName = "set generated", "always"
			if !p.Accept("always") {
				p.Expect("by")
				p.Expect("default")
				b.NewName = "by default"
			}
		case p.Accept("set"):
			if !p.seqOptionStart() {
				p.Fail()
			}
			b.Do, b.Options = "set identity", []tree.SeqOption{p.seqOption()}
		case p.Is("restart"):
			b.Do, b.Options = "set identity", []tree.SeqOption{p.seqOption()}
		default:
			if n == 0 {
				p.Fail()
			}
			return true
		}
		s.Actions = append(s.Actions, b)
	}
}

// params reads (name = value, name) as options of a table, view or index.
func (p *parser) params() map[string]string {
	m := map[string]string{}
	p.ExpectOp("(")
	for ok := true; ok; ok = p.AcceptOp(",") {
		name := p.Label()
		for p.AcceptOp(".") {
			name += "." + p.Label()
		}
		m[name] = ""
		if p.AcceptOp("=") {
			m[name] = p.paramValue()
		}
	}
	p.ExpectOp(")")
	return m
}

// paramValue reads a word, number or string as its bare text.
func (p *parser) paramValue() string {
	sign := ""
	if p.AcceptOp("-") {
		sign = "-"
	}
	switch t := p.Cur(); t.Kind {
	case tStr, tNum, tIdent, tQuoted:
		p.I++
		return sign + t.Val
	}
	p.Fail()
	return ""
}

// role takes a role's name; current_user and its kin stand for themselves.
func (p *parser) role() string {
	if w := p.AcceptAny("current_user", "current_role", "session_user"); w != "" {
		return w
	}
	return p.nonReserved()
}

// nonReserved takes any word that is not a reserved keyword.
func (p *parser) nonReserved() string {
	t := p.Cur()
	if t.Kind == tQuoted || t.Kind == tIdent && t.Class.Kind() != kwReserved {
		return p.Advance().Val
	}
	p.Fail()
	return ""
}

func (p *parser) roles() []string {
	list := []string{p.role()}
	for p.AcceptOp(",") {
		list = append(list, p.role())
	}
	return list
}
