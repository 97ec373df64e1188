package pgsql

// stmt reads one statement.
func (p *parser) stmt() Stmt {
	t := p.cur()
	if t.isOp("(") {
		return p.preparable()
	}
	if t.kind != tIdent {
		p.fail()
	}
	switch t.val {
	case "select", "values", "table", "with", "insert", "update", "delete":
		return p.preparable()
	case "create":
		return p.create()
	case "alter":
		return p.alter()
	case "drop":
		return p.drop()
	case "grant", "revoke":
		return p.grant()
	case "comment":
		return p.comment()
	case "do":
		return p.do()
	case "set", "reset", "show":
		return p.setting()
	case "truncate":
		return p.truncate()
	case "refresh":
		return p.refresh()
	case "notify", "listen", "unlisten":
		return p.notify()
	}
	if s := p.transaction(); s != nil {
		return s
	}
	return p.unmodelled(t.val)
}

// unmodelled keeps the statements that Postgres has and the tree has not.
func (p *parser) unmodelled(word string) Stmt {
	switch word {
	case "copy":
		p.refuseCopyIn()
	case "analyze", "analyse", "call", "checkpoint", "close", "cluster", "deallocate", "declare",
		"discard", "execute", "explain", "fetch", "import", "load", "lock", "merge", "move",
		"prepare", "reassign", "reindex", "security", "vacuum":
	default:
		p.fail()
	}
	return p.other(p.i, word)
}

// refuseCopyIn refuses COPY … FROM stdin here, since its data is not SQL and would
// be met as a syntax error far from the cause.
func (p *parser) refuseCopyIn() {
	for n := 1; ; n++ {
		t := p.peek(n)
		if t.kind == tEOF || t.isOp(";") {
			return
		}
		if t.isWord("from") && p.peek(n+1).isWord("stdin") {
			p.refuse(p.at(), "Dump the data with pg_dump --inserts.", "COPY … FROM stdin is not supported")
		}
	}
}

// other keeps the statement that began at token start as it is written.
func (p *parser) other(start int, kind string) Stmt {
	p.i = start
	at := p.at()
	p.skip()
	return &Other{At: at, Kind: kind, Text: p.src[p.toks[start].pos:p.toks[p.i-1].end]}
}

// skip moves to the semicolon that ends the statement.
func (p *parser) skip() {
	for depth := 0; p.cur().kind != tEOF; p.i++ {
		switch {
		case p.isOp("("):
			depth++
		case p.isOp(")"):
			depth--
		case p.isOp(";") && depth <= 0:
			return
		}
	}
}

// skipParens takes a parenthesis with all it holds and returns its text.
func (p *parser) skipParens() string {
	start := p.cur().pos
	p.expectOp("(")
	for depth := 1; depth > 0; p.i++ {
		switch {
		case p.cur().kind == tEOF:
			p.fail()
		case p.isOp("("):
			depth++
		case p.isOp(")"):
			depth--
		}
	}
	return p.src[start:p.toks[p.i-1].end]
}

// ifNotExists and ifExists read the optional clause.
func (p *parser) ifNotExists() bool { return p.accept("if", "not", "exists") }
func (p *parser) ifExists() bool    { return p.accept("if", "exists") }

// cascade reads [cascade | restrict].
func (p *parser) cascade() bool { return p.acceptAny("cascade", "restrict") == "cascade" }

// create reads CREATE, by the words behind it.
func (p *parser) create() Stmt {
	start := p.i
	at := p.at()
	p.i++
	replace := p.accept("or", "replace")
	if s := p.createReplaceable(start, at, replace); s != nil {
		return s
	}
	if replace {
		p.fail()
	}
	switch p.isAny("unique", "index", "type", "domain", "schema", "sequence", "extension", "policy",
		"publication", "role", "user", "group") {
	case "unique", "index":
		return p.createIndex(at)
	case "type":
		return p.createType(start, at)
	case "domain":
		return p.createDomain(at)
	case "schema":
		return p.createSchema(at)
	case "sequence":
		return p.createSequence(at)
	case "extension":
		return p.createExtension(at)
	case "policy":
		return p.createPolicy(at)
	case "publication":
		return p.createPublication(at)
	case "role", "user", "group":
		if p.is("user", "mapping") {
			return p.other(start, "create user mapping")
		}
		return p.createRole(at)
	}
	if s := p.createTableKind(start, at); s != nil {
		return s
	}
	return p.otherKind(start, "create")
}

// createReplaceable reads what may follow CREATE OR REPLACE.
func (p *parser) createReplaceable(start int, at At, replace bool) Stmt {
	n := 0
	if p.isAny("temp", "temporary") != "" {
		n = 1
	}
	switch w := p.peek(n); {
	case w.isWord("view"), w.isWord("recursive"), w.isWord("materialized"):
		return p.createView(at, replace)
	case w.isWord("function"), w.isWord("procedure"):
		return p.createFunction(at, replace)
	case w.isWord("trigger"), w.isWord("constraint"):
		return p.createTrigger(at, replace)
	case replace && (w.isWord("aggregate") || w.isWord("rule") || w.isWord("language") ||
		w.isWord("transform") || w.isWord("trusted") || w.isWord("procedural")):
		return p.otherKind(start, "create")
	}
	return nil
}

// otherKind names a statement by the words of its object.
func (p *parser) otherKind(start int, verb string) Stmt {
	for _, words := range [][]string{
		{"access", "method"}, {"aggregate"}, {"cast"}, {"collation"}, {"conversion"}, {"database"},
		{"event", "trigger"}, {"foreign", "data", "wrapper"}, {"foreign", "table"}, {"language"},
		{"large", "object"}, {"operator", "class"}, {"operator", "family"}, {"operator"}, {"owned"},
		{"procedural", "language"}, {"rule"}, {"server"}, {"statistics"}, {"subscription"}, {"system"},
		{"tablespace"}, {"text", "search"}, {"transform"}, {"trusted", "language"}, {"user", "mapping"},
		{"extension"}, {"group"},
	} {
		if p.is(words...) {
			kind := verb
			for _, w := range words {
				kind += " " + w
			}
			return p.other(start, kind)
		}
	}
	p.fail()
	return nil
}
