package plpgsql

import (
	"slices"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// maxDepth bounds the nesting of blocks, branches and loops.
const maxDepth = 100

// Parse reads the body of a function or DO block.
func Parse(body string) (b *Block, err error) {
	src, err := pgsql.Scan(body)
	if err != nil {
		return nil, err
	}
	p := &parser{src: src}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case bail:
			b, err = nil, r.err
		default:
			panic(r)
		}
	}()
	conflict := p.options()
	b = p.block(p.label())
	b.Conflict = conflict
	p.acceptSym(";")
	if p.cur().Kind != pgsql.End {
		p.fail()
	}
	return b, nil
}

// parser reads tokens by recursive descent; a fault travels as a panic of bail up
// to Parse.
type parser struct {
	src   *pgsql.Source
	i     int
	depth int
}

type bail struct{ err error }

// must returns x, or raises the fault.
func must[T any](x T, err error) T {
	if err != nil {
		panic(bail{err})
	}
	return x
}

func (p *parser) fail() { panic(bail{p.src.SyntaxError(p.i)}) }

func (p *parser) refuse(at pgsql.At, hint, format string, args ...any) {
	panic(bail{fault.SQL("0A000", format, args...).WithHint(hint).At(int(at.Pos) + 1)})
}

func (p *parser) invalid(at pgsql.At, state, format string, args ...any) {
	panic(bail{fault.SQL(state, format, args...).At(int(at.Pos) + 1)})
}

func (p *parser) enter() {
	if p.depth++; p.depth > maxDepth {
		p.invalid(p.at(), "54001", "function body is too complex")
	}
}

func (p *parser) leave() { p.depth-- }

func (p *parser) cur() pgsql.Token       { return p.src.Token(p.i) }
func (p *parser) peek(n int) pgsql.Token { return p.src.Token(p.i + n) }
func (p *parser) at() pgsql.At           { return pgsql.At{Pos: p.cur().Pos} }

func isWord(t pgsql.Token, w string) bool { return t.Kind == pgsql.Word && t.Val == w }
func isSym(t pgsql.Token, op string) bool { return t.Kind == pgsql.Symbol && t.Val == op }
func isName(t pgsql.Token) bool           { return t.Kind == pgsql.Quoted || t.Kind == pgsql.Word }
func isAny(t pgsql.Token, words ...string) bool {
	for _, w := range words {
		if isWord(t, w) {
			return true
		}
	}
	return false
}

// is reports whether the next words are exactly these.
func (p *parser) is(words ...string) bool {
	for n, w := range words {
		if !isWord(p.peek(n), w) {
			return false
		}
	}
	return true
}

func (p *parser) accept(words ...string) bool {
	if !p.is(words...) {
		return false
	}
	p.i += len(words)
	return true
}

func (p *parser) acceptSym(op string) bool {
	if !isSym(p.cur(), op) {
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

func (p *parser) expectSym(op string) {
	if !p.acceptSym(op) {
		p.fail()
	}
}

// name takes a name that is not a reserved word.
func (p *parser) name() string {
	t := p.cur()
	if !isName(t) || t.Reserved {
		p.fail()
	}
	p.i++
	return t.Val
}

// stop is what ends an expression or statement: one of the words or symbols. want
// names it in the fault when it is missing.
type stop struct {
	want  string
	words []string
	syms  []string
}

func (s stop) ends(t pgsql.Token) bool {
	if t.Kind == pgsql.Symbol {
		return slices.Contains(s.syms, t.Val)
	}
	return t.Kind == pgsql.Word && slices.Contains(s.words, t.Val)
}

func semicolon() stop { return stop{want: ";", syms: []string{";"}} }

// before is the stop at one of the words.
func before(words ...string) stop {
	return stop{want: strings.ToUpper(strings.Join(words, " or ")), words: words}
}

// orSemi also stops at a semicolon.
func (s stop) orSemi() stop {
	s.want, s.syms = ";", append(s.syms, ";")
	return s
}

// orComma also stops at a comma.
func (s stop) orComma() stop {
	s.syms = append(s.syms, ",")
	return s
}

// until moves to the first token outside parentheses and CASE that ends the stretch,
// and returns where it began and ended; an empty stretch is a fault.
func (p *parser) until(end stop) (from, to int) {
	from = p.i
	depth, cases := 0, 0
	for ; ; p.i++ {
		t := p.cur()
		if depth == 0 && cases == 0 && end.ends(t) && !(t.Val == "into" && isAny(p.peek(-1), "insert", "merge")) {
			break
		}
		switch {
		case t.Kind == pgsql.End, isSym(t, ";"):
			p.missing(t, depth, end.want)
		case isSym(t, "("), isSym(t, "["):
			depth++
		case isSym(t, ")"), isSym(t, "]"):
			if depth--; depth < 0 {
				p.missing(t, depth, end.want)
			}
		case isWord(t, "case"):
			cases++
		case isWord(t, "end") && cases > 0:
			cases--
		}
	}
	if p.i == from {
		t := p.cur()
		p.invalid(p.at(), "42601", "missing expression at or near \"%s\"", p.src.Text[t.Pos:t.End])
	}
	return from, p.i
}

// missing raises the fault for an expression that is not closed.
func (p *parser) missing(t pgsql.Token, depth int, want string) {
	switch {
	case t.Kind == pgsql.End:
		p.fail()
	case depth != 0:
		p.invalid(p.at(), "42601", "mismatched parentheses at or near \"%s\"", p.src.Text[t.Pos:t.End])
	}
	p.invalid(p.at(), "42601", "missing \"%s\" at end of SQL expression", want)
}

// exprUntil reads an expression up to the token that ends it, which stays. As in
// Postgres, it may go on like a query: total := count(*) from t.
func (p *parser) exprUntil(end stop) pgsql.Expr {
	from, to := p.until(end)
	x, err := p.src.Expr(from, to)
	if err == nil {
		return x
	}
	at := pgsql.At{Pos: p.src.Token(from).Pos}
	if q, qerr := p.src.Query(from, to); qerr == nil && len(q.Targets) == 1 {
		return &pgsql.Subquery{At: at, Kind: "scalar", Query: q}
	}
	panic(bail{err})
}

// exprSemi reads an expression with the semicolon behind it.
func (p *parser) exprSemi() pgsql.Expr {
	x := p.exprUntil(semicolon())
	p.i++
	return x
}

// exprsUntil reads a comma list of expressions.
func (p *parser) exprsUntil(end stop) []pgsql.Expr {
	from, to := p.until(end)
	return must(p.src.Exprs(from, to))
}

// options reads the #options at the body's head.
func (p *parser) options() string {
	conflict := ""
	for p.acceptSym("#") {
		switch {
		case p.accept("variable_conflict"):
			conflict = p.name()
			if conflict != "error" && conflict != "use_variable" && conflict != "use_column" {
				p.i--
				p.fail()
			}
		case p.accept("option"), p.accept("print_strict_params"):
			p.i++
		default:
			p.fail()
		}
	}
	return conflict
}

// label reads an optional <<label>>.
func (p *parser) label() string {
	if !p.acceptSym("<<") {
		return ""
	}
	name := p.name()
	p.expectSym(">>")
	return name
}

// endLabel reads the optional label behind END, which must be the block's own.
func (p *parser) endLabel(label string) {
	t := p.cur()
	if !isName(t) {
		return
	}
	switch {
	case label == "":
		p.invalid(p.at(), "42601", "end label \"%s\" specified for unlabeled block", t.Val)
	case label != t.Val:
		p.invalid(p.at(), "42601", "end label \"%s\" differs from block's label \"%s\"", t.Val, label)
	}
	p.i++
}

// block reads [declare …] begin … end, without the semicolon.
func (p *parser) block(label string) *Block {
	p.enter()
	b := &Block{At: p.at(), Label: label}
	if p.accept("declare") {
		for !p.is("begin") {
			if !p.accept("declare") {
				b.Decls = append(b.Decls, p.decl())
			}
		}
	}
	p.expect("begin")
	b.Body = p.stmts("exception", "end")
	if p.accept("exception") {
		for ok := p.is("when"); ok; ok = p.is("when") {
			b.Handlers = append(b.Handlers, p.handler())
		}
		if b.Handlers == nil {
			p.fail()
		}
	}
	p.expect("end")
	p.endLabel(label)
	p.leave()
	return b
}

func (p *parser) decl() Decl {
	d := Decl{At: p.at(), Name: p.name()}
	if p.accept("alias", "for") {
		d.Alias = p.aliased()
		p.expectSym(";")
		return d
	}
	d.Const = p.accept("constant")
	if p.cursorAhead() {
		p.cursor(&d)
		return d
	}
	from, to := p.until(stop{want: ";", words: []string{"not", "default", "collate"}, syms: []string{";", ":=", "="}})
	d.Type = must(p.src.Type(from, to))
	if p.accept("collate") {
		d.Collation = p.name()
		if p.acceptSym(".") {
			d.Collation = p.name()
		}
	}
	d.NotNull = p.accept("not", "null")
	if p.acceptSym(":=") || p.acceptSym("=") || p.accept("default") {
		d.Default = p.exprUntil(semicolon())
	}
	p.expectSym(";")
	if d.NotNull && d.Default == nil {
		p.invalid(d.At, "22004", "variable \"%s\" must have a default value, since it's declared NOT NULL", d.Name)
	}
	return d
}

// aliased takes $1 or a variable's name.
func (p *parser) aliased() string {
	t := p.cur()
	if text := p.src.Text[t.Pos:t.End]; strings.HasPrefix(text, "$") && t.Kind != pgsql.String {
		p.i++
		return text
	}
	name := p.name()
	for p.acceptSym(".") {
		name += "." + p.name()
	}
	return name
}

func (p *parser) handler() Handler {
	h := Handler{At: p.at()}
	p.expect("when")
	for ok := true; ok; ok = p.accept("or") {
		h.Conds = append(h.Conds, p.condition(true))
	}
	p.expect("then")
	h.Body = p.stmts("when", "end")
	return h
}

// condition reads a condition's name or sqlstate '…'.
func (p *parser) condition(others bool) Condition {
	at := p.at()
	if p.accept("sqlstate") {
		t := p.cur()
		if t.Kind != pgsql.String || !validState(t.Val) {
			p.invalid(p.at(), "42601", "invalid SQLSTATE code")
		}
		p.i++
		return Condition{State: t.Val}
	}
	c := Condition{Name: p.name()}
	c.State = stateOf(c.Name)
	if c.State == "" && !(others && c.Name == "others") {
		p.invalid(at, "42704", "unrecognized exception condition \"%s\"", c.Name)
	}
	return c
}

func validState(s string) bool {
	if len(s) != 5 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// stmts reads statements up to one of the words, which stays.
func (p *parser) stmts(stop ...string) []Stmt {
	list := []Stmt{}
	for !isAny(p.cur(), stop...) || p.assignAhead() {
		list = append(list, p.stmt())
	}
	return list
}
