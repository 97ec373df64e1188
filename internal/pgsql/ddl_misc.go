package pgsql

import "strings"

// drop reads DROP of any kind.
func (p *parser) drop() Stmt {
	start := p.i
	s := &Drop{At: p.at()}
	p.i++
	switch w := p.isAny("table", "view", "materialized", "index", "sequence", "type", "domain", "schema", "extension",
		"function", "procedure", "routine", "aggregate", "policy", "trigger", "rule", "publication", "role", "user", "group"); w {
	case "":
		return p.otherKind(start, "drop")
	case "user", "group", "role":
		if p.is("user", "mapping") {
			return p.other(start, "drop user mapping")
		}
		p.i++
		s.What = "role"
	default:
		s.What = p.relationKind()
	}
	p.accept("concurrently")
	s.IfExists = p.ifExists()
	switch s.What {
	case "function", "procedure", "routine", "aggregate":
		p.signatures(&s.Names, &s.Args, &s.HasArgs)
	case "policy", "trigger", "rule":
		s.Names = []Ident{{Name: p.colID()}}
		p.expect("on")
		s.On = p.name()
	case "schema", "extension", "publication", "role":
		s.Names = p.plainNames()
	default:
		s.Names = p.names()
	}
	s.Cascade = p.cascade()
	return s
}

// comment reads COMMENT ON.
func (p *parser) comment() Stmt {
	start := p.i
	s := &Comment{At: p.at()}
	p.i++
	p.expect("on")
	switch w := p.isAny("table", "view", "materialized", "index", "sequence", "type", "domain", "column", "schema",
		"extension", "role", "database", "publication", "language", "function", "procedure", "routine", "aggregate",
		"policy", "trigger", "rule", "constraint"); w {
	case "":
		return p.otherKind(start, "comment on")
	default:
		s.What = p.relationKind()
	}
	p.commented(s)
	p.expect("is")
	if p.accept("null") {
		s.IsNull = true
	} else {
		s.Text = p.str()
	}
	return s
}

// commented reads the name of what the comment is on.
func (p *parser) commented(s *Comment) {
	switch s.What {
	case "column":
		p.commentedColumn(s)
	case "function", "procedure", "routine", "aggregate":
		s.Name, s.Args, _ = p.signature()
	case "policy", "trigger", "rule", "constraint":
		s.Name.Name = p.colID()
		p.expect("on")
		if s.What == "constraint" && p.accept("domain") {
			s.What = "domain constraint"
		}
		s.On = p.name()
	case "schema", "extension", "role", "database", "publication", "language":
		s.Name.Name = p.nonReserved()
	default:
		s.Name = p.name()
	}
}

func (p *parser) commentedColumn(s *Comment) {
	parts := []string{p.colID()}
	for p.acceptOp(".") {
		parts = append(parts, p.label())
	}
	switch len(parts) {
	case 2:
		s.Name.Name = parts[0]
	case 3:
		s.Name = Ident{Schema: parts[0], Name: parts[1]}
	default:
		p.failHint("Write COMMENT ON COLUMN table.column.")
	}
	s.Column = parts[len(parts)-1]
}

// do reads an anonymous block.
func (p *parser) do() Stmt {
	s := &Do{At: p.at(), Language: "plpgsql"}
	p.i++
	seen := false
	for {
		switch {
		case p.accept("language"):
			s.Language = strings.ToLower(p.word())
		case p.cur().kind == tStr && !seen:
			seen = true
			s.BodyPos = Pos(bodyAt(p.src, *p.cur()) - p.base)
			s.Body = p.str()
		default:
			if !seen {
				p.fail()
			}
			return s
		}
	}
}

// transaction reads BEGIN, COMMIT and their kin, or returns nil.
func (p *parser) transaction() Stmt {
	start := p.i
	s := &Transaction{At: p.at()}
	switch p.isAny("begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release") {
	case "begin", "start":
		s.Do = "begin"
		if p.advance().val == "start" {
			p.expect("transaction")
		} else {
			p.acceptAny("work", "transaction")
		}
		p.transactionModes()
	case "commit", "end":
		s.Do = "commit"
		if p.i++; p.is("prepared") {
			return p.other(start, "commit prepared")
		}
		p.transactionChain()
	case "rollback", "abort":
		s.Do = "rollback"
		if p.i++; p.is("prepared") {
			return p.other(start, "rollback prepared")
		}
		p.acceptAny("work", "transaction")
		if p.accept("to") {
			p.accept("savepoint")
			s.Do, s.Name = "rollback to", p.colID()
			break
		}
		p.transactionChain()
	case "savepoint":
		p.i++
		s.Do, s.Name = "savepoint", p.colID()
	case "release":
		p.i++
		p.accept("savepoint")
		s.Do, s.Name = "release", p.colID()
	default:
		return nil
	}
	return s
}

func (p *parser) transactionChain() {
	p.acceptAny("work", "transaction")
	if p.accept("and") {
		if !p.accept("no") {
			p.refuse(p.at(), "", "AND CHAIN is not supported")
		}
		p.expect("chain")
	}
}

// transactionModes reads isolation and access modes, which have no place in the tree.
func (p *parser) transactionModes() {
	for {
		switch {
		case p.accept("isolation", "level"):
			if !p.accept("serializable") && !p.accept("repeatable", "read") {
				p.expect("read")
				p.expectAny("committed", "uncommitted")
			}
		case p.accept("read"):
			p.expectAny("only", "write")
		case p.accept("deferrable"), p.accept("not", "deferrable"):
		default:
			return
		}
		p.acceptOp(",")
	}
}

func (p *parser) truncate() Stmt {
	s := &Truncate{At: p.at()}
	p.i++
	p.accept("table")
	for ok := true; ok; ok = p.acceptOp(",") {
		s.Tables = append(s.Tables, p.relation().Name)
	}
	s.RestartIdentity = p.accept("restart", "identity")
	p.accept("continue", "identity")
	s.Cascade = p.cascade()
	return s
}

func (p *parser) refresh() Stmt {
	s := &Refresh{At: p.at()}
	p.i++
	p.expect("materialized")
	p.expect("view")
	p.accept("concurrently")
	s.Name = p.name()
	if p.accept("with") {
		if p.is("no") {
			p.refuse(s.At, "", "REFRESH … WITH NO DATA is not supported")
		}
		p.expect("data")
	}
	return s
}

func (p *parser) notify() Stmt {
	s := &Notify{At: p.at(), Verb: p.advance().val}
	if s.Verb == "unlisten" && p.acceptOp("*") {
		s.Channel = "*"
		return s
	}
	s.Channel = p.colID()
	if s.Verb == "notify" && p.acceptOp(",") {
		s.Payload = p.str()
	}
	return s
}
