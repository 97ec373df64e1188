package pgsql

import (
	"github.com/plinth-dev/plinth/internal/fault"
)

const (
	maxDepth = 200  // nesting of expressions, queries and joins
	maxChain = 2000 // operators in one chain: bounds the height of left-deep trees
)

// parser reads tokens by recursive descent. A fault travels as a panic of bail up
// to the exported entry, which returns it.
type parser struct {
	src    string
	toks   []token
	i      int
	base   int32 // what positions count from
	depth  int
	lexErr *fault.Error
}

type bail struct{ err *fault.Error }

func newParser(sql string) (*parser, error) {
	toks, err := lex(sql)
	if toks == nil {
		return nil, err
	}
	return &parser{src: sql, toks: toks, lexErr: err}, nil
}

// run calls f and returns the fault that it bailed out with.
func (p *parser) run(f func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case bail:
			err = r.err
		default:
			panic(r)
		}
	}()
	f()
	return nil
}

// Looking at tokens.

func (p *parser) cur() *token { return &p.toks[p.i] }

func (p *parser) peek(n int) *token {
	if p.i+n < len(p.toks) {
		return &p.toks[p.i+n]
	}
	return &p.toks[len(p.toks)-1]
}

func (p *parser) advance() *token {
	t := &p.toks[p.i]
	if t.kind != tEOF {
		p.i++
	}
	return t
}

func (p *parser) at() At { return At{Pos(p.toks[p.i].pos - p.base)} }

func (t *token) isWord(w string) bool { return t.kind == tIdent && t.val == w }
func (t *token) isOp(op string) bool  { return t.kind == tOp && t.val == op }

// is reports whether the next words are exactly these.
func (p *parser) is(words ...string) bool {
	for n, w := range words {
		if !p.peek(n).isWord(w) {
			return false
		}
	}
	return true
}

// isAny returns which of the words is next, or "".
func (p *parser) isAny(words ...string) string {
	t := p.cur()
	if t.kind != tIdent {
		return ""
	}
	for _, w := range words {
		if t.val == w {
			return w
		}
	}
	return ""
}

func (p *parser) isOp(op string) bool { return p.cur().isOp(op) }

// Taking tokens.

// accept takes the words if all of them are next.
func (p *parser) accept(words ...string) bool {
	if !p.is(words...) {
		return false
	}
	p.i += len(words)
	return true
}

// acceptAny takes the next word if it is one of these, and returns it or "".
func (p *parser) acceptAny(words ...string) string {
	w := p.isAny(words...)
	if w != "" {
		p.i++
	}
	return w
}

func (p *parser) acceptOp(op string) bool {
	if !p.isOp(op) {
		return false
	}
	p.i++
	return true
}

func (p *parser) expect(words ...string) {
	for _, w := range words {
		if !p.accept(w) {
			p.fail()
		}
	}
}

// expectAny takes one of the words and returns it.
func (p *parser) expectAny(words ...string) string {
	w := p.acceptAny(words...)
	if w == "" {
		p.fail()
	}
	return w
}

func (p *parser) expectOp(op string) {
	if !p.acceptOp(op) {
		p.fail()
	}
}

func (p *parser) str() string {
	if p.cur().kind != tStr {
		p.fail()
	}
	return p.advance().val
}

// Faults.

// fail raises the syntax error at the next token.
func (p *parser) fail() { p.failHint("") }

func (p *parser) failHint(hint string) {
	panic(bail{p.syntaxError(hint)})
}

func (p *parser) syntaxError(hint string) *fault.Error {
	t := p.cur()
	if t.kind == tEOF {
		if p.lexErr != nil {
			return p.lexErr.At(p.lexErr.Pos - int(p.base))
		}
		return fault.SQL("42601", "syntax error at end of input").
			WithHint(hint).At(int(t.pos-p.base) + 1)
	}
	if hint == "" {
		hint = p.wayOut()
	}
	return fault.SQL("42601", "syntax error at or near \"%s\"", p.src[t.pos:t.end]).
		WithHint(hint).At(int(t.pos-p.base) + 1)
}

// wayOut returns a hint for the slips that people make when they come from other
// databases, or "".
func (p *parser) wayOut() string {
	t := p.cur()
	switch {
	case t.kind == tOp && len(t.val) > 0 && t.val[0] == '`':
		return "Names are quoted with double quotes, not with backticks."
	case t.isWord("auto_increment"), t.isWord("autoincrement"):
		return "Use \"bigint generated always as identity\"."
	case t.kind == tIdent && t.class.kind() == kwReserved && p.i > 0 && nameExpected(&p.toks[p.i-1]):
		return "\"" + t.val + "\" is a reserved word; as a name it must be written in double quotes."
	}
	return ""
}

// nameExpected reports whether a name would be likely after the token.
func nameExpected(t *token) bool {
	switch t.val {
	case "table", "from", "into", "update", "on", ",", "(", ".", "as", "column", "by", "references", "exists", "only", "to":
		return t.kind == tIdent || t.kind == tOp
	}
	return false
}

// refuse raises 0A000 at a position of the tree.
func (p *parser) refuse(at At, hint, format string, args ...any) {
	panic(bail{fault.SQL("0A000", format, args...).WithHint(hint).At(int(at.Pos) + 1)})
}

// enter counts a level of nesting; leave ends it.
func (p *parser) enter() {
	if p.depth++; p.depth > maxDepth {
		p.tooDeep()
	}
}

func (p *parser) leave() { p.depth-- }

func (p *parser) tooDeep() {
	panic(bail{fault.SQL("54001", "statement is too complex").
		WithDetail("Expressions may nest to 200 levels and chain 2,000 operators.").
		At(int(p.cur().pos-p.base) + 1)})
}

// Names.

// colID takes a name that may stand for a column or table.
func (p *parser) colID() string {
	if !p.cur().isColID() {
		p.fail()
	}
	return p.advance().val
}

func (t *token) isColID() bool {
	return t.kind == tQuoted || t.kind == tIdent && t.class.kind() <= kwColumn
}

// funcName takes a name that may stand for a function or type.
func (p *parser) funcName() string {
	t := p.cur()
	if t.kind == tQuoted || t.kind == tIdent && (t.class.kind() <= kwUnreserved || t.class.kind() == kwFunc) {
		return p.advance().val
	}
	p.fail()
	return ""
}

// label takes any word: a name after AS or a dot.
func (p *parser) label() string {
	if t := p.cur(); t.kind != tQuoted && t.kind != tIdent {
		p.fail()
	}
	return p.advance().val
}

// name takes a possibly qualified name of a table, type, function …
func (p *parser) name() Ident {
	at := p.at()
	return p.nameTail(at, p.colID())
}

// nameTail takes the rest of a qualified name. A database's name in front is
// accepted only in the form that Postgres accepts, and is dropped.
func (p *parser) nameTail(at At, first string) Ident {
	if !p.acceptOp(".") {
		return Ident{Name: first}
	}
	id := Ident{Schema: first, Name: p.label()}
	if p.isOp(".") {
		p.refuse(at, "Write schema.name.", "cross-database references are not implemented")
	}
	return id
}

func (p *parser) names() []Ident {
	ids := []Ident{p.name()}
	for p.acceptOp(",") {
		ids = append(ids, p.name())
	}
	return ids
}

// colIDs takes a comma list of plain names.
func (p *parser) colIDs() []string {
	ids := []string{p.colID()}
	for p.acceptOp(",") {
		ids = append(ids, p.colID())
	}
	return ids
}

// columns takes (a, b, c).
func (p *parser) columns() []string {
	p.expectOp("(")
	ids := p.colIDs()
	p.expectOp(")")
	return ids
}
