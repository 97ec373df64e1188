package pgsql

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

func (p *parser) createPolicy(at At) Stmt {
	p.i++
	if p.is("if", "not") {
		p.i++
		p.failHint("CREATE POLICY has no IF NOT EXISTS; put DROP POLICY IF EXISTS in front of it.")
	}
	s := &CreatePolicy{At: at, Name: p.colID(), Command: "all"}
	p.expect("on")
	s.Table = p.name()
	if p.accept("as") {
		s.Restrictive = p.restrictive()
	}
	if p.accept("for") {
		s.Command = p.expectAny("all", "select", "insert", "update", "delete")
	}
	if p.accept("to") {
		s.Roles = p.roles()
	}
	s.Using, s.Check = p.policyExprs()
	return s
}

func (p *parser) restrictive() bool {
	at, word := p.at(), p.colID()
	if word != "permissive" && word != "restrictive" {
		panic(bail{fault.SQL("42601", "unrecognized row security option \"%s\"", word).
			WithHint("Only PERMISSIVE or RESTRICTIVE policies are supported currently.").At(int(at.Pos) + 1)})
	}
	return word == "restrictive"
}

func (p *parser) policyExprs() (using, check Expr) {
	if p.accept("using") {
		p.expectOp("(")
		using = p.expr()
		p.expectOp(")")
	}
	if p.accept("with", "check") {
		p.expectOp("(")
		check = p.expr()
		p.expectOp(")")
	}
	return using, check
}

func (p *parser) alterPolicy(at At) Stmt {
	p.i++
	s := &AlterPolicy{At: at, Name: p.colID()}
	p.expect("on")
	s.Table = p.name()
	if p.accept("rename", "to") {
		s.NewName = p.colID()
		return s
	}
	if p.accept("to") {
		s.Roles = p.roles()
	}
	s.Using, s.Check = p.policyExprs()
	return s
}

func (p *parser) createTrigger(at At, replace bool) Stmt {
	s := &CreateTrigger{At: at, Replace: replace, Constraint: p.accept("constraint")}
	p.expect("trigger")
	if p.is("if", "not") {
		p.i++
		p.failHint("CREATE TRIGGER has no IF NOT EXISTS; write CREATE OR REPLACE TRIGGER.")
	}
	s.Name = p.colID()
	p.triggerEvents(s)
	p.expect("on")
	s.Table = p.name()
	if p.accept("from") {
		p.name()
	}
	var c Constraint
	p.constraintAttrs(&c)
	s.Deferrable, s.Deferred = c.Deferrable, c.InitiallyDeferred
	if p.accept("referencing") {
		p.transitionTables(s)
	}
	if p.accept("for") {
		p.accept("each")
		s.ForEachRow = p.expectAny("row", "statement") == "row"
	}
	if p.accept("when") {
		p.expectOp("(")
		s.When = p.expr()
		p.expectOp(")")
	}
	p.expect("execute")
	p.expectAny("function", "procedure")
	s.Func = p.funcIdent()
	s.Args = p.triggerArgs()
	return s
}

func (p *parser) triggerEvents(s *CreateTrigger) {
	s.Timing = p.expectAny("before", "after", "instead")
	if s.Timing == "instead" {
		p.expect("of")
		s.Timing = "instead of"
	}
	for ok := true; ok; ok = p.accept("or") {
		event := p.expectAny("insert", "update", "delete", "truncate")
		s.Events = append(s.Events, event)
		if event == "update" && p.accept("of") {
			s.UpdateOf = p.colIDs()
		}
	}
}

func (p *parser) transitionTables(s *CreateTrigger) {
	for {
		w := p.acceptAny("old", "new")
		if w == "" {
			return
		}
		p.expect("table")
		p.accept("as")
		if w == "old" {
			s.OldTable = p.colID()
		} else {
			s.NewTable = p.colID()
		}
	}
}

// triggerArgs reads the arguments of EXECUTE FUNCTION, which are all strings.
func (p *parser) triggerArgs() []string {
	p.expectOp("(")
	var list []string
	for !p.isOp(")") {
		if list != nil {
			p.expectOp(",")
		}
		switch p.cur().kind {
		case tNum, tStr, tIdent, tQuoted:
			list = append(list, p.advance().val)
		default:
			p.fail()
		}
	}
	p.i++
	return list
}

// Printing.

func (w *printer) roles(list []string) {
	w.list(len(list), func(i int) { w.role(list[i]) })
}

func (w *printer) role(name string) {
	switch name {
	case "current_user", "current_role", "session_user":
		w.str(name)
	default:
		w.ident(name)
	}
}

func (w *printer) createPolicy(s *CreatePolicy) {
	w.str("create policy ", QuoteIdent(s.Name), " on ", printName(s.Table))
	w.opt(s.Restrictive, " as restrictive")
	w.str(" for ", s.Command)
	w.policyTail(s.Roles, s.Using, s.Check)
}

func (w *printer) policyTail(roles []string, using, check Expr) {
	if roles != nil {
		w.str(" to ")
		w.roles(roles)
	}
	if using != nil {
		w.clause(" using (", using)
		w.str(")")
	}
	if check != nil {
		w.clause(" with check (", check)
		w.str(")")
	}
}

func (w *printer) alterPolicy(s *AlterPolicy) {
	w.str("alter policy ", QuoteIdent(s.Name), " on ", printName(s.Table))
	if s.NewName != "" {
		w.str(" rename to ", QuoteIdent(s.NewName))
		return
	}
	w.policyTail(s.Roles, s.Using, s.Check)
}

func (w *printer) createTrigger(s *CreateTrigger) {
	w.str("create ")
	w.opt(s.Replace, "or replace ")
	w.opt(s.Constraint, "constraint ")
	w.str("trigger ", QuoteIdent(s.Name), " ", s.Timing, " ")
	for i, e := range s.Events {
		w.opt(i > 0, " or ")
		w.str(e)
		if e == "update" && s.UpdateOf != nil {
			w.str(" of ")
			w.idents(s.UpdateOf)
		}
	}
	w.str(" on ", printName(s.Table))
	w.opt(s.Deferrable, " deferrable")
	w.opt(s.Deferred, " initially deferred")
	w.opt(s.OldTable != "" || s.NewTable != "", " referencing")
	if s.OldTable != "" {
		w.str(" old table as ", QuoteIdent(s.OldTable))
	}
	if s.NewTable != "" {
		w.str(" new table as ", QuoteIdent(s.NewTable))
	}
	w.str(map[bool]string{true: " for each row", false: " for each statement"}[s.ForEachRow])
	if s.When != nil {
		w.clause(" when (", s.When)
		w.str(")")
	}
	args := make([]string, len(s.Args))
	for i, a := range s.Args {
		args[i] = QuoteLiteral(a)
	}
	w.str(" execute function ", quoteFunc(s.Func), "(", strings.Join(args, ", "), ")")
}
