package parse

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// drop reads DROP of any kind.
func (p *parser) drop() tree.Stmt {
	start := p.I
	s := &tree.Drop{At: p.At()}
	p.I++
	switch w := p.IsAny("table", "view", "materialized", "index", "sequence", "type", "domain", "schema", "extension",
		"function", "procedure", "routine", "aggregate", "policy", "trigger", "rule", "publication", "role", "user", "group"); w {
	case "":
		return p.otherKind(start, "drop")
	case "user", "group", "role":
		if p.Is("user", "mapping") {
			return p.other(start, "drop user mapping")
		}
		p.I++
		s.What = "role"
	default:
		s.What = p.relationKind()
	}
	p.Accept("concurrently")
	s.IfExists = p.ifExists()
	switch s.What {
	case "function", "procedure", "routine", "aggregate":
		p.signatures(&s.Names, &s.Args, &s.HasArgs)
	case "policy", "trigger", "rule":
		s.Names = []tree.Ident{{Name: p.ColID()}}
		p.Expect("on")
		s.On = p.Name()
	case "schema", "extension", "publication", "role":
		s.Names = p.plainNames()
	default:
		s.Names = p.Names()
	}
	s.Cascade = p.cascade()
	return s
}

// comment reads COMMENT ON.
func (p *parser) comment() tree.Stmt {
	start := p.I
	s := &tree.Comment{At: p.At()}
	p.I++
	p.Expect("on")
	switch w := p.IsAny("table", "view", "materialized", "index", "sequence", "type", "domain", "column", "schema",
		"extension", "role", "database", "publication", "language", "function", "procedure", "routine", "aggregate",
		"policy", "trigger", "rule", "constraint"); w {
	case "":
		return p.otherKind(start, "comment on")
	default:
		s.What = p.relationKind()
	}
	p.commented(s)
	p.Expect("is")
	if p.Accept("null") {
		s.IsNull = true
	} else {
		s.Text = p.Str()
	}
	return s
}

// commented reads the name of what the comment is on.
func (p *parser) commented(s *tree.Comment) {
	switch s.What {
	case "column":
		p.commentedColumn(s)
	case "function", "procedure", "routine", "aggregate":
		s.Name, s.Args, _ = p.signature()
	case "policy", "trigger", "rule", "constraint":
		s.Name.Name = p.ColID()
		p.Expect("on")
		if s.What == "constraint" && p.Accept("domain") {
			s.What = "domain constraint"
		}
		s.On = p.Name()
	case "schema", "extension", "role", "database", "publication", "language":
		s.Name.Name = p.nonReserved()
	default:
		s.Name = p.Name()
	}
}

func (p *parser) commentedColumn(s *tree.Comment) {
	parts := []string{p.ColID()}
	for p.AcceptOp(".") {
		parts = append(parts, p.Label())
	}
	switch len(parts) {
	case 2:
		s.Name.Name = parts[0]
	case 3:
		s.Name = tree.Ident{Schema: parts[0], Name: parts[1]}
	default:
		p.FailHint("Write COMMENT ON COLUMN table.column.")
	}
	s.Column = parts[len(parts)-1]
}

// do reads an anonymous block.
func (p *parser) do() tree.Stmt {
	s := &tree.Do{At: p.At(), Language: "plpgsql"}
	p.I++
	seen := false
	for {
		switch {
		case p.Accept("language"):
			s.Language = strings.ToLower(p.word())
		case p.Cur().Kind == tStr && !seen:
			seen = true
			s.BodyPos = tree.Pos(lex.BodyAt(p.Src, *p.Cur()) - p.Base)
			s.Body = p.Str()
		default:
			if !seen {
				p.Fail()
			}
			return s
		}
	}
}

// transaction reads BEGIN, COMMIT and their kin, or returns nil.
func (p *parser) transaction() tree.Stmt {
	start := p.I
	s := &tree.Transaction{At: p.At()}
	switch p.IsAny("begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release") {
	case "begin", "start":
		s.Do = "begin"
		if p.Advance().Val == "start" {
			p.Expect("transaction")
		} else {
			p.AcceptAny("work", "transaction")
		}
		p.transactionModes()
	case "commit", "end":
		s.Do = "commit"
		if p.I++; p.Is("prepared") {
			return p.other(start, "commit prepared")
		}
		p.transactionChain()
	case "rollback", "abort":
		s.Do = "rollback"
		if p.I++; p.Is("prepared") {
			return p.other(start, "rollback prepared")
		}
		p.AcceptAny("work", "transaction")
		if p.Accept("to") {
			p.Accept("savepoint")
			s.Do, s.Name = "rollback to", p.ColID()
			break
		}
		p.transactionChain()
	case "savepoint":
		p.I++
		s.Do, s.Name = "savepoint", p.ColID()
	case "release":
		p.I++
		p.Accept("savepoint")
		s.Do, s.Name = "release", p.ColID()
	default:
		return nil
	}
	return s
}

func (p *parser) transactionChain() {
	p.AcceptAny("work", "transaction")
	if p.Accept("and") {
		if !p.Accept("no") {
			p.Refuse(p.At(), "Leave it out: a migration is one transaction.", "AND CHAIN is not supported")
		}
		p.Expect("chain")
	}
}

// transactionModes reads isolation and access modes, which have no place in the tree.
func (p *parser) transactionModes() {
	for {
		switch {
		case p.Accept("isolation", "level"):
			if !p.Accept("serializable") && !p.Accept("repeatable", "read") {
				p.Expect("read")
				p.ExpectAny("committed", "uncommitted")
			}
		case p.Accept("read"):
			p.ExpectAny("only", "write")
		case p.Accept("deferrable"), p.Accept("not", "deferrable"):
		default:
			return
		}
		p.AcceptOp(",")
	}
}

func (p *parser) truncate() tree.Stmt {
	s := &tree.Truncate{At: p.At()}
	p.I++
	p.Accept("table")
	for ok := true; ok; ok = p.AcceptOp(",") {
		s.Tables = append(s.Tables, p.relation().Name)
	}
	s.RestartIdentity = p.Accept("restart", "identity")
	p.Accept("continue", "identity")
	s.Cascade = p.cascade()
	return s
}

func (p *parser) callProc() tree.Stmt {
	s := &tree.CallProc{At: p.At()}
	p.I++
	call, ok := p.expr().(*tree.Call)
	if !ok {
		p.Fail()
	}
	s.Call = call
	return s
}

func (p *parser) refresh() tree.Stmt {
	s := &tree.Refresh{At: p.At()}
	p.I++
	p.Expect("materialized")
	p.Expect("view")
	p.Accept("concurrently")
	s.Name = p.Name()
	if p.Accept("with") {
		if p.Is("no") {
			p.Refuse(s.At, "Leave WITH NO DATA out.", "REFRESH … WITH NO DATA is not supported")
		}
		p.Expect("data")
	}
	return s
}

func (p *parser) notify() tree.Stmt {
	s := &tree.Notify{At: p.At(), Verb: p.Advance().Val}
	if s.Verb == "unlisten" && p.AcceptOp("*") {
		s.Channel = "*"
		return s
	}
	s.Channel = p.ColID()
	if s.Verb == "notify" && p.AcceptOp(",") {
		s.Payload = p.Str()
	}
	return s
}
