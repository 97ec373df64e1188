package print

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

func (w *printer) stmt(s tree.Stmt) {
	switch s := s.(type) {
	case *tree.Select:
		w.query(s)
	case *tree.Insert:
		w.insert(s)
	case *tree.Update:
		w.update(s)
	case *tree.Delete:
		w.delete(s)
	case *tree.CreateTable:
		w.createTable(s)
	case *tree.AlterTable:
		w.alterTable(s)
	case *tree.CreateIndex:
		w.createIndex(s)
	case *tree.CreateView:
		w.createView(s)
	case *tree.CreateFunction:
		w.createFunction(s)
	case *tree.AlterFunction:
		w.alterFunction(s)
	case *tree.CreatePolicy:
		w.createPolicy(s)
	case *tree.AlterPolicy:
		w.alterPolicy(s)
	case *tree.CreateTrigger:
		w.createTrigger(s)
	case *tree.CreateType:
		w.createType(s)
	case *tree.AlterType:
		w.alterType(s)
	case *tree.CreateDomain:
		w.createDomain(s)
	case *tree.CreateSequence:
		w.createSequence(s)
	case *tree.Grant:
		w.grant(s)
	case *tree.DefaultPrivileges:
		w.defaultPrivileges(s)
	case *tree.CreateRole:
		w.createRole(s)
	case *tree.Drop:
		w.drop(s)
	case *tree.Set:
		w.set(s)
	default:
		w.small(s)
	}
}

// small appends the statements that take few lines.
func (w *printer) small(s tree.Stmt) {
	switch s := s.(type) {
	case *tree.CreateSchema:
		w.str("create schema ")
		w.opt(s.IfNotExists, "if not exists ")
		w.ident(s.Name)
		if s.Owner != "" {
			w.str(" authorization ")
			w.role(s.Owner)
		}
	case *tree.CreateExtension:
		w.str("create extension ")
		w.opt(s.IfNotExists, "if not exists ")
		w.ident(s.Name)
		if s.Schema != "" {
			w.str(" schema ", lex.QuoteIdent(s.Schema))
		}
	case *tree.CreatePublication:
		w.createPublication(s)
	case *tree.AlterPublication:
		w.alterPublication(s)
	case *tree.Comment:
		w.comment(s)
	case *tree.Do:
		w.str("do language ", lex.QuoteIdent(s.Language), " ", dollar(s.Body))
	case *tree.CallProc:
		w.str("call ")
		w.expr(s.Call, 0)
	case *tree.Transaction:
		w.str(s.Do)
		if s.Name != "" {
			w.str(" ", lex.QuoteIdent(s.Name))
		}
	case *tree.Truncate:
		w.str("truncate ")
		w.idList(s.Tables)
		w.opt(s.RestartIdentity, " restart identity")
		w.opt(s.Cascade, " cascade")
	case *tree.Refresh:
		w.str("refresh materialized view ", s.Name.String())
	case *tree.Notify:
		w.notify(s)
	case *tree.Other:
		w.str(s.Text)
	}
}

// dollar quotes a body with a tag that the body does not hold.
func dollar(body string) string {
	tag := "$$"
	for strings.Contains(body+"$", tag) {
		tag = tag[:len(tag)-1] + "q$"
	}
	return tag + body + tag
}

func (w *printer) notify(s *tree.Notify) {
	w.str(s.Verb, " ")
	if s.Verb == "unlisten" && s.Channel == "*" {
		w.str("*")
		return
	}
	w.ident(s.Channel)
	if s.Payload != "" {
		w.str(", ", lex.QuoteLiteral(s.Payload))
	}
}

func (w *printer) drop(s *tree.Drop) {
	w.str("drop ", s.What, " ")
	w.opt(s.IfExists, "if exists ")
	switch {
	case s.On.Name != "":
		w.idList(s.Names)
		w.str(" on ", s.On.String())
	case s.HasArgs != nil:
		w.signatures(s.Names, s.Args, s.HasArgs)
	default:
		w.idList(s.Names)
	}
	w.opt(s.Cascade, " cascade")
}

func (w *printer) comment(s *tree.Comment) {
	what, domain := s.What, ""
	if what == "domain constraint" {
		what, domain = "constraint", "domain "
	}
	w.str("comment on ", what, " ", quoteFunc(s.Name))
	switch {
	case s.What == "column":
		w.str(".", lex.QuoteIdent(s.Column))
	case s.On.Name != "":
		w.str(" on ", domain, s.On.String())
	case s.What == "function", s.What == "procedure", s.What == "routine", s.What == "aggregate":
		if s.Args != nil || s.What != "aggregate" {
			w.types(s.Args)
		} else {
			w.str("(*)")
		}
	}
	w.str(" is ")
	if s.IsNull {
		w.str("null")
		return
	}
	w.str(lex.QuoteLiteral(s.Text))
}

func (w *printer) createPublication(s *tree.CreatePublication) {
	w.str("create publication ", lex.QuoteIdent(s.Name))
	w.opt(s.AllTables, " for all tables")
	if s.Tables != nil {
		w.str(" for table ")
		w.idList(s.Tables)
	}
	if s.With != "" {
		w.str(" with ", s.With)
	}
}

func (w *printer) alterPublication(s *tree.AlterPublication) {
	w.str("alter publication ", lex.QuoteIdent(s.Name))
	switch {
	case s.Do == "owner":
		w.str(" owner to ")
		w.role(s.Text)
	case s.Do == "rename":
		w.str(" rename to ", lex.QuoteIdent(s.Text))
	case s.Tables == nil:
		w.str(" ", s.Do, " ", s.Text)
	default:
		w.str(" ", s.Do, " table ")
		w.idList(s.Tables)
	}
}
