package pgsql

// alter reads ALTER, by the words behind it.
func (p *parser) alter() Stmt {
	start, at := p.i, p.at()
	p.i++
	switch w := p.isAny("table", "view", "materialized", "index", "sequence", "type", "domain", "policy",
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
		if !p.is("user", "mapping") {
			return p.alterRole(start, at)
		}
	case "group", "schema":
		return p.other(start, "alter "+w)
	}
	for _, w := range []string{"trigger", "extension"} {
		if p.is(w) {
			return p.other(start, "alter "+w)
		}
	}
	return p.otherKind(start, "alter")
}

// relationKind takes "table", "view", "materialized view", "index".
func (p *parser) relationKind() string {
	w := p.advance().val
	if w == "materialized" {
		p.expect("view")
		return "materialized view"
	}
	return w
}

func (p *parser) alterTable(start int, at At) Stmt {
	s := &AlterTable{At: at, What: p.relationKind()}
	if p.accept("all", "in", "tablespace") {
		return p.other(start, "alter "+s.What+" all in tablespace")
	}
	s.IfExists = p.ifExists()
	s.Only = p.accept("only")
	s.Name = p.name()
	p.acceptOp("*")
	for ok := true; ok; ok = p.acceptOp(",") {
		if !p.alterAction(s) {
			return p.other(start, "alter "+s.What)
		}
	}
	return s
}

// alterSequence is an AlterTable where it changes name, owner or schema.
func (p *parser) alterSequence(start int, at At) Stmt {
	p.i++
	s := &CreateSequence{At: at, Alter: true, IfExists: p.ifExists(), Name: p.name()}
	if p.isAny("owner", "rename") != "" || p.is("set", "schema") {
		t := &AlterTable{At: at, What: "sequence", Name: s.Name, IfExists: s.IfExists}
		p.alterAction(t)
		return t
	}
	if p.is("set") {
		return p.other(start, "alter sequence set")
	}
	p.sequenceOptions(s)
	return s
}

// alterAction reads one action into s; false means that the tree has no place for it.
func (p *parser) alterAction(s *AlterTable) bool {
	a := AlterAction{At: p.at()}
	ok := true
	switch p.acceptAny("add", "drop", "alter", "rename", "set", "reset", "owner", "validate", "enable",
		"disable", "force", "no", "replica", "cluster") {
	case "add":
		p.alterAdd(&a)
	case "drop":
		p.alterDrop(&a)
	case "alter":
		if p.accept("constraint") {
			a.Do, a.Name = "alter constraint", p.colID()
			a.Constraint = &Constraint{At: a.At}
			p.constraintAttrs(a.Constraint)
			break
		}
		p.accept("column")
		a.Name = p.colID()
		return p.alterColumn(s, a)
	case "rename":
		p.alterRename(&a)
	case "set", "reset":
		p.i--
		ok = p.alterSet(&a)
	case "owner":
		p.expect("to")
		a.Do, a.NewName = "owner", p.role()
	case "validate":
		p.expect("constraint")
		a.Do, a.Name = "validate constraint", p.colID()
	case "enable", "disable":
		p.i--
		ok = p.alterEnable(&a)
	case "force":
		p.rowSecurity(&a, "force rls")
	case "no":
		p.expect("force")
		p.rowSecurity(&a, "no force rls")
	case "replica":
		p.replicaIdentity(&a)
	case "cluster":
		p.expect("on")
		a.Do, a.Name = "cluster", p.colID()
	default:
		return p.unmodelledAction()
	}
	s.Actions = append(s.Actions, a)
	return ok
}

// unmodelledAction reports false for an action that Postgres has, and fails at
// any other word.
func (p *parser) unmodelledAction() bool {
	if p.isAny("attach", "detach", "inherit", "of", "not", "depends") == "" {
		p.fail()
	}
	return false
}

func (p *parser) rowSecurity(a *AlterAction, do string) {
	p.expect("row")
	p.expect("level")
	p.expect("security")
	a.Do = do
}

func (p *parser) alterAdd(a *AlterAction) {
	if p.constraintStart() {
		c := p.tableConstraint()
		a.Do, a.Constraint = "add constraint", &c
		return
	}
	p.accept("column")
	a.Do, a.IfNotExists = "add column", p.ifNotExists()
	c := p.columnDef()
	a.Column = &c
}

func (p *parser) alterDrop(a *AlterAction) {
	a.Do = "drop column"
	if p.accept("constraint") {
		a.Do = "drop constraint"
	} else {
		p.accept("column")
	}
	a.IfExists = p.ifExists()
	a.Name = p.colID()
	a.Cascade = p.cascade()
}

func (p *parser) alterRename(a *AlterAction) {
	switch {
	case p.accept("to"):
		a.Do, a.NewName = "rename", p.colID()
		return
	case p.accept("constraint"):
		a.Do = "rename constraint"
	default:
		p.accept("column")
		a.Do = "rename column"
	}
	a.Name = p.colID()
	p.expect("to")
	a.NewName = p.colID()
}

func (p *parser) alterSet(a *AlterAction) bool {
	word := p.advance().val
	switch {
	case p.isOp("("):
		a.Do, a.Params = word+" options", p.params()
	case word == "set" && p.accept("schema"):
		a.Do, a.NewName = "set schema", p.colID()
	case word == "set" && p.isAny("logged", "unlogged", "tablespace", "access", "without") != "":
		return false
	default:
		p.fail()
	}
	return true
}

func (p *parser) alterEnable(a *AlterAction) bool {
	word := p.advance().val
	if p.is("row") {
		p.rowSecurity(a, word+" rls")
		return true
	}
	if p.isAny("always", "replica", "rule") != "" {
		return false
	}
	p.expect("trigger")
	a.Do = word + " trigger"
	if a.Name = p.acceptAny("all", "user"); a.Name == "" {
		a.Name = p.colID()
	}
	return true
}

func (p *parser) replicaIdentity(a *AlterAction) {
	p.expect("identity")
	a.Do = "replica identity"
	if p.accept("using", "index") {
		a.NewName = p.colID()
		return
	}
	a.NewName = p.expectAny("full", "nothing", "default")
}

// alterColumn reads what follows ALTER COLUMN name; it may make several actions.
func (p *parser) alterColumn(s *AlterTable, a AlterAction) bool {
	switch {
	case p.accept("set", "data", "type"), p.accept("type"):
		a.Do, a.Type = "set type", p.typeName()
		if p.accept("collate") {
			a.Collation = p.collation()
		}
		if p.accept("using") {
			a.X = p.expr()
		}
	case p.accept("set", "default"):
		a.Do, a.X = "set default", p.expr()
	case p.accept("drop", "default"):
		a.Do = "drop default"
	case p.accept("set", "not", "null"):
		a.Do = "set not null"
	case p.accept("drop", "not", "null"):
		a.Do = "drop not null"
	case p.accept("set", "statistics"):
		a.Do = "set statistics"
		p.int64()
	case p.accept("set", "storage"):
		a.Do, a.NewName = "set storage", p.label()
	case p.accept("drop", "expression"):
		a.Do, a.IfExists = "drop expression", p.ifExists()
	case p.accept("drop", "identity"):
		a.Do, a.IfExists = "drop identity", p.ifExists()
	case p.accept("add", "generated"):
		a.Do = "add identity"
		p.addIdentity(&a)
	case p.is("set") && p.peek(1).isOp("("), p.is("reset"), p.is("set", "compression"), p.is("set", "expression"):
		return false
	default:
		return p.setIdentity(s, a)
	}
	s.Actions = append(s.Actions, a)
	return true
}

func (p *parser) addIdentity(a *AlterAction) {
	a.NewName = "always"
	if !p.accept("always") {
		p.expect("by")
		p.expect("default")
		a.NewName = "by default"
	}
	p.expect("as")
	p.expect("identity")
	if p.acceptOp("(") {
		a.Options = p.seqOptions()
		p.expectOp(")")
	}
}

// setIdentity reads SET GENERATED …, SET START … and RESTART in a row.
func (p *parser) setIdentity(s *AlterTable, a AlterAction) bool {
	n := 0
	for ; ; n++ {
		b := a
		switch {
		case p.accept("set", "generated"):
			b.Do, b.NewName = "set generated", "always"
			if !p.accept("always") {
				p.expect("by")
				p.expect("default")
				b.NewName = "by default"
			}
		case p.accept("set"):
			if !p.seqOptionStart() {
				p.fail()
			}
			b.Do, b.Options = "set identity", []SeqOption{p.seqOption()}
		case p.is("restart"):
			b.Do, b.Options = "set identity", []SeqOption{p.seqOption()}
		default:
			if n == 0 {
				p.fail()
			}
			return true
		}
		s.Actions = append(s.Actions, b)
	}
}

// params reads (name = value, name) as options of a table, view or index.
func (p *parser) params() map[string]string {
	m := map[string]string{}
	p.expectOp("(")
	for ok := true; ok; ok = p.acceptOp(",") {
		name := p.label()
		for p.acceptOp(".") {
			name += "." + p.label()
		}
		m[name] = ""
		if p.acceptOp("=") {
			m[name] = p.paramValue()
		}
	}
	p.expectOp(")")
	return m
}

// paramValue reads a word, number or string as its bare text.
func (p *parser) paramValue() string {
	sign := ""
	if p.acceptOp("-") {
		sign = "-"
	}
	switch t := p.cur(); t.kind {
	case tStr, tNum, tIdent, tQuoted:
		p.i++
		return sign + t.val
	}
	p.fail()
	return ""
}

// role takes a role's name; current_user and its kin stand for themselves.
func (p *parser) role() string {
	if w := p.acceptAny("current_user", "current_role", "session_user"); w != "" {
		return w
	}
	return p.nonReserved()
}

// nonReserved takes any word that is not a reserved keyword.
func (p *parser) nonReserved() string {
	t := p.cur()
	if t.kind == tQuoted || t.kind == tIdent && t.class.kind() != kwReserved {
		return p.advance().val
	}
	p.fail()
	return ""
}

func (p *parser) roles() []string {
	list := []string{p.role()}
	for p.acceptOp(",") {
		list = append(list, p.role())
	}
	return list
}
