package print

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

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

func (w *printer) createPolicy(s *tree.CreatePolicy) {
	w.str("create policy ", lex.QuoteIdent(s.Name), " on ", s.Table.String())
	w.opt(s.Restrictive, " as restrictive")
	w.str(" for ", s.Command)
	w.policyTail(s.Roles, s.Using, s.Check)
}

func (w *printer) policyTail(roles []string, using, check tree.Expr) {
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

func (w *printer) alterPolicy(s *tree.AlterPolicy) {
	w.str("alter policy ", lex.QuoteIdent(s.Name), " on ", s.Table.String())
	if s.NewName != "" {
		w.str(" rename to ", lex.QuoteIdent(s.NewName))
		return
	}
	w.policyTail(s.Roles, s.Using, s.Check)
}

func (w *printer) createTrigger(s *tree.CreateTrigger) {
	w.str("create ")
	w.opt(s.Replace, "or replace ")
	w.opt(s.Constraint, "constraint ")
	w.str("trigger ", lex.QuoteIdent(s.Name), " ", s.Timing, " ")
	for i, e := range s.Events {
		w.opt(i > 0, " or ")
		w.str(e)
		if e == "update" && s.UpdateOf != nil {
			w.str(" of ")
			w.idents(s.UpdateOf)
		}
	}
	w.str(" on ", s.Table.String())
	w.opt(s.Deferrable, " deferrable")
	w.opt(s.Deferred, " initially deferred")
	w.opt(s.OldTable != "" || s.NewTable != "", " referencing")
	if s.OldTable != "" {
		w.str(" old table as ", lex.QuoteIdent(s.OldTable))
	}
	if s.NewTable != "" {
		w.str(" new table as ", lex.QuoteIdent(s.NewTable))
	}
	w.str(map[bool]string{true: " for each row", false: " for each statement"}[s.ForEachRow])
	if s.When != nil {
		w.clause(" when (", s.When)
		w.str(")")
	}
	args := make([]string, len(s.Args))
	for i, a := range s.Args {
		args[i] = lex.QuoteLiteral(a)
	}
	w.str(" execute function ", quoteFunc(s.Func), "(", strings.Join(args, ", "), ")")
}
