package parse

import (
	"github.com/plinth-dev/plinth/internal/pgsql/refuse"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// stmt reads one statement.
func (p *parser) stmt() tree.Stmt {
	t := p.Cur()
	if t.IsOp("(") {
		return p.preparable()
	}
	if t.Kind != tIdent {
		p.Fail()
	}
	switch t.Val {
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
	case "call":
		return p.callProc()
	case "refresh":
		return p.refresh()
	case "notify", "listen", "unlisten":
		return p.notify()
	}
	if s := p.transaction(); s != nil {
		return s
	}
	return p.unmodelled(t.Val)
}

// unmodelled keeps the statements that Postgres has and the tree has not.
func (p *parser) unmodelled(word string) tree.Stmt {
	switch word {
	case "copy":
		refuse.CopyIn(&p.Cursor)
	case "analyze", "analyse", "checkpoint", "close", "cluster", "deallocate", "declare",
		"discard", "execute", "explain", "fetch", "import", "load", "lock", "merge", "move",
		"prepare", "reassign", "reindex", "security", "vacuum":
	default:
		p.Fail()
	}
	if p.Is("prepare", "transaction") {
		word = "prepare transaction"
	}
	return p.other(p.I, word)
}

// other keeps the statement that began at token start as it is written.
func (p *parser) other(start int, kind string) tree.Stmt {
	p.I = start
	at := p.At()
	p.skip()
	return &tree.Other{At: at, Kind: kind, Text: p.Src[p.Toks[start].Pos:p.Toks[p.I-1].End]}
}

// skip moves to the semicolon that ends the statement.
func (p *parser) skip() {
	for depth := 0; p.Cur().Kind != tEOF; p.I++ {
		switch {
		case p.IsOp("("):
			depth++
		case p.IsOp(")"):
			depth--
		case p.IsOp(";") && depth <= 0:
			return
		}
	}
}

// skipParens takes a parenthesis with all it holds and returns its text.
func (p *parser) skipParens() string {
	start := p.Cur().Pos
	p.ExpectOp("(")
	for depth := 1; depth > 0; p.I++ {
		switch {
		case p.Cur().Kind == tEOF:
			p.Fail()
		case p.IsOp("("):
			depth++
		case p.IsOp(")"):
			depth--
		}
	}
	return p.Src[start:p.Toks[p.I-1].End]
}

// ifNotExists and ifExists read the optional clause.
func (p *parser) ifNotExists() bool { return p.Accept("if", "not", "exists") }
func (p *parser) ifExists() bool    { return p.Accept("if", "exists") }

// cascade reads [cascade | restrict].
func (p *parser) cascade() bool { return p.AcceptAny("cascade", "restrict") == "cascade" }

// create reads CREATE, by the words behind it.
func (p *parser) create() tree.Stmt {
	start := p.I
	at := p.At()
	p.I++
	replace := p.Accept("or", "replace")
	if s := p.createReplaceable(start, at, replace); s != nil {
		return s
	}
	if replace {
		p.Fail()
	}
	switch p.IsAny("unique", "index", "type", "domain", "schema", "sequence", "extension", "policy",
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
		if p.Is("user", "mapping") {
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
func (p *parser) createReplaceable(start int, at tree.At, replace bool) tree.Stmt {
	n := 0
	if p.IsAny("temp", "temporary") != "" || p.Is("unlogged", "materialized") {
		n = 1
	}
	switch w := p.Peek(n); {
	case w.IsWord("view"), w.IsWord("recursive"), w.IsWord("materialized"):
		return p.createView(at, replace)
	case w.IsWord("function"), w.IsWord("procedure"):
		return p.createFunction(at, replace)
	case w.IsWord("trigger"), w.IsWord("constraint"):
		return p.createTrigger(at, replace)
	case replace && (w.IsWord("aggregate") || w.IsWord("rule") || w.IsWord("language") ||
		w.IsWord("transform") || w.IsWord("trusted") || w.IsWord("procedural")):
		return p.otherKind(start, "create")
	}
	return nil
}

// otherKind names a statement by the words of its object.
func (p *parser) otherKind(start int, verb string) tree.Stmt {
	for _, words := range [][]string{
		{"access", "method"}, {"aggregate"}, {"assertion"}, {"cast"}, {"collation"}, {"conversion"}, {"database"},
		{"default", "conversion"},
		{"event", "trigger"}, {"foreign", "data", "wrapper"}, {"foreign", "table"}, {"language"},
		{"large", "object"}, {"operator", "class"}, {"operator", "family"}, {"operator"}, {"owned"},
		{"procedural", "language"}, {"rule"}, {"server"}, {"statistics"}, {"subscription"}, {"system"},
		{"tablespace"}, {"text", "search"}, {"transform"}, {"trusted"}, {"user", "mapping"},
		{"extension"}, {"group"},
	} {
		if p.Is(words...) {
			kind := verb
			for _, w := range words {
				kind += " " + w
			}
			return p.other(start, kind)
		}
	}
	p.Fail()
	return nil
}
