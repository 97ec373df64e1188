package parse

import (
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql/cursor"
	"github.com/plinth-dev/plinth/internal/pgsql/refuse"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

func (p *parser) createPolicy(at tree.At) tree.Stmt {
	p.I++
	if p.Is("if", "not") {
		p.I++
		p.FailHint("CREATE POLICY has no IF NOT EXISTS; put DROP POLICY IF EXISTS in front of it.")
	}
	s := &tree.CreatePolicy{At: at, Name: p.ColID(), Command: "all"}
	p.Expect("on")
	s.Table = p.Name()
	if p.Accept("as") {
		s.Restrictive = p.restrictive()
	}
	if p.Accept("for") {
		s.Command = p.ExpectAny("all", "select", "insert", "update", "delete")
	}
	if p.Accept("to") {
		s.Roles = p.roles()
	}
	s.Using, s.Check = p.policyExprs()
	return s
}

func (p *parser) restrictive() bool {
	at, word := p.At(), p.ColID()
	if word != "permissive" && word != "restrictive" {
		panic(cursor.Bail{Err: fault.SQL("42601", "unrecognized row security option \"%s\"", word).
			WithHint("Only PERMISSIVE or RESTRICTIVE policies are supported currently.").At(int(at.Pos) + 1)})
	}
	return word == "restrictive"
}

func (p *parser) policyExprs() (using, check tree.Expr) {
	if p.Accept("using") {
		p.ExpectOp("(")
		using = p.expr()
		p.ExpectOp(")")
	}
	if p.Accept("with", "check") {
		p.ExpectOp("(")
		check = p.expr()
		p.ExpectOp(")")
	}
	return using, check
}

func (p *parser) alterPolicy(at tree.At) tree.Stmt {
	p.I++
	refuse.AlterPolicy(&p.Cursor)
	s := &tree.AlterPolicy{At: at, Name: p.ColID()}
	p.Expect("on")
	s.Table = p.Name()
	if p.Accept("rename", "to") {
		s.NewName = p.ColID()
		return s
	}
	if p.Accept("to") {
		s.Roles = p.roles()
	}
	s.Using, s.Check = p.policyExprs()
	return s
}

func (p *parser) createTrigger(at tree.At, replace bool) tree.Stmt {
	s := &tree.CreateTrigger{At: at, Replace: replace, Constraint: p.Accept("constraint")}
	p.Expect("trigger")
	if p.Is("if", "not") {
		p.I++
		p.FailHint("CREATE TRIGGER has no IF NOT EXISTS; write CREATE OR REPLACE TRIGGER.")
	}
	s.Name = p.ColID()
	p.triggerEvents(s)
	p.Expect("on")
	s.Table = p.Name()
	if p.Accept("from") {
		p.Name()
	}
	var c tree.Constraint
	p.constraintAttrs(&c)
	s.Deferrable, s.Deferred = c.Deferrable, c.InitiallyDeferred
	if p.Accept("referencing") {
		p.transitionTables(s)
	}
	if p.Accept("for") {
		p.Accept("each")
		s.ForEachRow = p.ExpectAny("row", "statement") == "row"
	}
	if p.Accept("when") {
		p.ExpectOp("(")
		s.When = p.expr()
		p.ExpectOp(")")
	}
	p.Expect("execute")
	p.ExpectAny("function", "procedure")
	s.Func = p.funcIdent()
	s.Args = p.triggerArgs()
	return s
}

func (p *parser) triggerEvents(s *tree.CreateTrigger) {
	s.Timing = p.ExpectAny("before", "after", "instead")
	if s.Timing == "instead" {
		p.Expect("of")
		s.Timing = "instead of"
	}
	for ok := true; ok; ok = p.Accept("or") {
		event := p.ExpectAny("insert", "update", "delete", "truncate")
		s.Events = append(s.Events, event)
		if event == "update" && p.Accept("of") {
			s.UpdateOf = p.ColIDs()
		}
	}
}

func (p *parser) transitionTables(s *tree.CreateTrigger) {
	for {
		w := p.AcceptAny("old", "new")
		if w == "" {
			return
		}
		p.Expect("table")
		p.Accept("as")
		if w == "old" {
			s.OldTable = p.ColID()
		} else {
			s.NewTable = p.ColID()
		}
	}
}

// triggerArgs reads the arguments of EXECUTE FUNCTION, which are all strings.
func (p *parser) triggerArgs() []string {
	p.ExpectOp("(")
	var list []string
	for !p.IsOp(")") {
		if list != nil {
			p.ExpectOp(",")
		}
		switch p.Cur().Kind {
		case tNum, tStr, tIdent, tQuoted:
			list = append(list, p.Advance().Val)
		default:
			p.Fail()
		}
	}
	p.I++
	return list
}
