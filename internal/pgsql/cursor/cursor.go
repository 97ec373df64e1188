package cursor

import (
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// The bounds of one text.
const (
	MaxDepth = 200  // nesting of expressions, queries and joins
	MaxChain = 2000 // operators in one chain: bounds the height of left-deep trees
)

// Cursor is a place in a list of tokens that ends with lex.EOF. A fault travels as a
// panic of Bail up to Run, which returns it.
type Cursor struct {
	Src    string
	Toks   []lex.Token
	I      int
	Base   int32 // what positions count from
	LexErr *fault.Error
	depth  int
}

// Bail is the panic that a fault travels in.
type Bail struct{ Err *fault.Error }

// Run calls f and returns the fault that it bailed out with.
func Run(f func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case Bail:
			err = r.Err
		default:
			panic(r)
		}
	}()
	f()
	return nil
}

// Looking at tokens.

// Cur returns the next token.
func (c *Cursor) Cur() *lex.Token { return &c.Toks[c.I] }

// Peek returns the token n places ahead.
func (c *Cursor) Peek(n int) *lex.Token {
	if c.I+n < len(c.Toks) {
		return &c.Toks[c.I+n]
	}
	return &c.Toks[len(c.Toks)-1]
}

// Advance takes the next token; it stays at the end.
func (c *Cursor) Advance() *lex.Token {
	t := &c.Toks[c.I]
	if t.Kind != lex.EOF {
		c.I++
	}
	return t
}

// At returns the next token's position.
func (c *Cursor) At() tree.At { return tree.At{Pos: tree.Pos(c.Toks[c.I].Pos - c.Base)} }

// Is reports whether the next words are exactly these.
func (c *Cursor) Is(words ...string) bool {
	for n, w := range words {
		if !c.Peek(n).IsWord(w) {
			return false
		}
	}
	return true
}

// IsAny returns which of the words is next, or "".
func (c *Cursor) IsAny(words ...string) string {
	t := c.Cur()
	if t.Kind != lex.Word {
		return ""
	}
	for _, w := range words {
		if t.Val == w {
			return w
		}
	}
	return ""
}

// IsOp reports whether the operator or punctuation is next.
func (c *Cursor) IsOp(op string) bool { return c.Cur().IsOp(op) }

// Taking tokens.

// Accept takes the words if all of them are next.
func (c *Cursor) Accept(words ...string) bool {
	if !c.Is(words...) {
		return false
	}
	c.I += len(words)
	return true
}

// AcceptAny takes the next word if it is one of these, and returns it or "".
func (c *Cursor) AcceptAny(words ...string) string {
	w := c.IsAny(words...)
	if w != "" {
		c.I++
	}
	return w
}

// AcceptOp takes the operator if it is next.
func (c *Cursor) AcceptOp(op string) bool {
	if !c.IsOp(op) {
		return false
	}
	c.I++
	return true
}

// Expect takes the words, or fails at the first that is not there.
func (c *Cursor) Expect(words ...string) {
	for _, w := range words {
		if !c.Accept(w) {
			c.Fail()
		}
	}
}

// ExpectAny takes one of the words and returns it.
func (c *Cursor) ExpectAny(words ...string) string {
	w := c.AcceptAny(words...)
	if w == "" {
		c.Fail()
	}
	return w
}

// ExpectOp takes the operator, or fails.
func (c *Cursor) ExpectOp(op string) {
	if !c.AcceptOp(op) {
		c.Fail()
	}
}

// Str takes a string literal.
func (c *Cursor) Str() string {
	if c.Cur().Kind != lex.String {
		c.Fail()
	}
	return c.Advance().Val
}

// Faults.

// Fail raises the syntax error at the next token.
func (c *Cursor) Fail() { c.FailHint("") }

// FailHint raises it with a hint.
func (c *Cursor) FailHint(hint string) {
	panic(Bail{Err: c.SyntaxError(hint)})
}

// SyntaxError returns the syntax error at the next token.
func (c *Cursor) SyntaxError(hint string) *fault.Error {
	t := c.Cur()
	if t.Kind == lex.EOF {
		if c.LexErr != nil {
			return c.LexErr.At(c.LexErr.Pos - int(c.Base))
		}
		return fault.SQL("42601", "syntax error at end of input").
			WithHint(hint).At(int(t.Pos-c.Base) + 1)
	}
	if hint == "" {
		hint = c.wayOut()
	}
	return fault.SQL("42601", "syntax error at or near \"%s\"", c.Src[t.Pos:t.End]).
		WithHint(hint).At(int(t.Pos-c.Base) + 1)
}

// wayOut returns a hint for the slips that people make when they come from other
// databases, or "".
func (c *Cursor) wayOut() string {
	t := c.Cur()
	switch {
	case t.Kind == lex.Symbol && len(t.Val) > 0 && t.Val[0] == '`':
		return "Names are quoted with double quotes, not with backticks."
	case t.IsWord("auto_increment"), t.IsWord("autoincrement"):
		return "Use \"bigint generated always as identity\"."
	case t.Kind == lex.Word && t.Class.Kind() == lex.Reserved && c.I > 0 && nameExpected(&c.Toks[c.I-1]):
		return "\"" + t.Val + "\" is a reserved word; as a name it must be written in double quotes."
	}
	return ""
}

// nameExpected reports whether a name would be likely after the token.
func nameExpected(t *lex.Token) bool {
	switch t.Val {
	case "table", "from", "into", "update", "on", ",", "(", ".", "as", "column", "by", "references", "exists", "only", "to":
		return t.Kind == lex.Word || t.Kind == lex.Symbol
	}
	return false
}

// Refuse raises 0A000 at a position of the tree.
func (c *Cursor) Refuse(at tree.At, hint, format string, args ...any) {
	panic(Bail{Err: fault.SQL("0A000", format, args...).WithHint(hint).At(int(at.Pos) + 1)})
}

// Enter counts a level of nesting; leave ends it.
func (c *Cursor) Enter() {
	if c.depth++; c.depth > MaxDepth {
		c.TooDeep()
	}
}

// Leave ends a level of nesting.
func (c *Cursor) Leave() { c.depth-- }

// TooDeep raises the fault of a text that is too complex.
func (c *Cursor) TooDeep() {
	panic(Bail{Err: fault.SQL("54001", "statement is too complex").
		WithDetail("Expressions may nest to 200 levels and chain 2,000 operators.").
		At(int(c.Cur().Pos-c.Base) + 1)})
}

// Names.

// ColID takes a name that may stand for a column or table.
func (c *Cursor) ColID() string {
	if !c.Cur().IsColID() {
		c.Fail()
	}
	return c.Advance().Val
}

// FuncName takes a name that may stand for a function or type.
func (c *Cursor) FuncName() string {
	t := c.Cur()
	if t.Kind == lex.Quoted || t.Kind == lex.Word && (t.Class.Kind() <= lex.Unreserved || t.Class.Kind() == lex.Func) {
		return c.Advance().Val
	}
	c.Fail()
	return ""
}

// Label takes any word: a name after AS or a dot.
func (c *Cursor) Label() string {
	if t := c.Cur(); t.Kind != lex.Quoted && t.Kind != lex.Word {
		c.Fail()
	}
	return c.Advance().Val
}

// Name takes a possibly qualified name of a table, type, function …
func (c *Cursor) Name() tree.Ident {
	at := c.At()
	return c.NameTail(at, c.ColID())
}

// NameTail takes the rest of a qualified name. A database's name in front is
// accepted only in the form that Postgres accepts, and is dropped.
func (c *Cursor) NameTail(at tree.At, first string) tree.Ident {
	if !c.AcceptOp(".") {
		return tree.Ident{Name: first}
	}
	id := tree.Ident{Schema: first, Name: c.Label()}
	if c.IsOp(".") {
		c.Refuse(at, "Write schema.name.", "cross-database references are not implemented")
	}
	return id
}

// Names takes a comma list of qualified names.
func (c *Cursor) Names() []tree.Ident {
	ids := []tree.Ident{c.Name()}
	for c.AcceptOp(",") {
		ids = append(ids, c.Name())
	}
	return ids
}

// ColIDs takes a comma list of plain names.
func (c *Cursor) ColIDs() []string {
	ids := []string{c.ColID()}
	for c.AcceptOp(",") {
		ids = append(ids, c.ColID())
	}
	return ids
}

// Columns takes (a, b, c).
func (c *Cursor) Columns() []string {
	c.ExpectOp("(")
	ids := c.ColIDs()
	c.ExpectOp(")")
	return ids
}
