package pgsql

import "strings"

func (w *printer) stmt(s Stmt) {
	switch s := s.(type) {
	case *Select:
		w.query(s)
	case *Insert:
		w.insert(s)
	case *Update:
		w.update(s)
	case *Delete:
		w.delete(s)
	case *CreateTable:
		w.createTable(s)
	case *AlterTable:
		w.alterTable(s)
	case *CreateIndex:
		w.createIndex(s)
	case *CreateView:
		w.createView(s)
	case *CreateFunction:
		w.createFunction(s)
	case *AlterFunction:
		w.alterFunction(s)
	case *CreatePolicy:
		w.createPolicy(s)
	case *AlterPolicy:
		w.alterPolicy(s)
	case *CreateTrigger:
		w.createTrigger(s)
	case *CreateType:
		w.createType(s)
	case *AlterType:
		w.alterType(s)
	case *CreateDomain:
		w.createDomain(s)
	case *CreateSequence:
		w.createSequence(s)
	case *Grant:
		w.grant(s)
	case *DefaultPrivileges:
		w.defaultPrivileges(s)
	case *CreateRole:
		w.createRole(s)
	case *Drop:
		w.drop(s)
	case *Set:
		w.set(s)
	default:
		w.small(s)
	}
}

// small appends the statements that take few lines.
func (w *printer) small(s Stmt) {
	switch s := s.(type) {
	case *CreateSchema:
		w.str("create schema ")
		w.opt(s.IfNotExists, "if not exists ")
		w.ident(s.Name)
		if s.Owner != "" {
			w.str(" authorization ")
			w.role(s.Owner)
		}
	case *CreateExtension:
		w.str("create extension ")
		w.opt(s.IfNotExists, "if not exists ")
		w.ident(s.Name)
		if s.Schema != "" {
			w.str(" schema ", QuoteIdent(s.Schema))
		}
	case *CreatePublication:
		w.createPublication(s)
	case *AlterPublication:
		w.alterPublication(s)
	case *Comment:
		w.comment(s)
	case *Do:
		w.str("do language ", QuoteIdent(s.Language), " ", dollar(s.Body))
	case *Transaction:
		w.str(s.Do)
		if s.Name != "" {
			w.str(" ", QuoteIdent(s.Name))
		}
	case *Truncate:
		w.str("truncate ")
		w.idList(s.Tables)
		w.opt(s.RestartIdentity, " restart identity")
		w.opt(s.Cascade, " cascade")
	case *Refresh:
		w.str("refresh materialized view ", printName(s.Name))
	case *Notify:
		w.notify(s)
	case *Other:
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

func (w *printer) notify(s *Notify) {
	w.str(s.Verb, " ")
	if s.Verb == "unlisten" && s.Channel == "*" {
		w.str("*")
		return
	}
	w.ident(s.Channel)
	if s.Payload != "" {
		w.str(", ", QuoteLiteral(s.Payload))
	}
}

func (w *printer) drop(s *Drop) {
	w.str("drop ", s.What, " ")
	w.opt(s.IfExists, "if exists ")
	switch {
	case s.On.Name != "":
		w.idList(s.Names)
		w.str(" on ", printName(s.On))
	case s.HasArgs != nil:
		w.signatures(s.Names, s.Args, s.HasArgs)
	default:
		w.idList(s.Names)
	}
	w.opt(s.Cascade, " cascade")
}

func (w *printer) comment(s *Comment) {
	what, domain := s.What, ""
	if what == "domain constraint" {
		what, domain = "constraint", "domain "
	}
	w.str("comment on ", what, " ", quoteFunc(s.Name))
	switch {
	case s.What == "column":
		w.str(".", QuoteIdent(s.Column))
	case s.On.Name != "":
		w.str(" on ", domain, printName(s.On))
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
	w.str(QuoteLiteral(s.Text))
}

func (w *printer) createPublication(s *CreatePublication) {
	w.str("create publication ", QuoteIdent(s.Name))
	w.opt(s.AllTables, " for all tables")
	if s.Tables != nil {
		w.str(" for table ")
		w.idList(s.Tables)
	}
	if s.With != "" {
		w.str(" with ", s.With)
	}
}

func (w *printer) alterPublication(s *AlterPublication) {
	w.str("alter publication ", QuoteIdent(s.Name))
	switch {
	case s.Do == "owner":
		w.str(" owner to ")
		w.role(s.Text)
	case s.Do == "rename":
		w.str(" rename to ", QuoteIdent(s.Text))
	case s.Tables == nil:
		w.str(" ", s.Do, " ", s.Text)
	default:
		w.str(" ", s.Do, " table ")
		w.idList(s.Tables)
	}
}
