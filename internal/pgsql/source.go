package pgsql

// Source is a text read as tokens, out of which parts can be parsed as expressions,
// statements or types with positions that count from the text's beginning. It is
// made for languages that hold SQL, such as PL/pgSQL.
type Source struct {
	Text string
	toks []token
}

// Kind is the class of a Token.
type Kind uint8

// The kinds of a Token; End closes every source.
const (
	End    Kind = Kind(tEOF)
	Word   Kind = Kind(tIdent)  // unquoted, folded: a name or a keyword
	Quoted Kind = Kind(tQuoted) // "name"
	String Kind = Kind(tStr)    // any quoted literal, decoded
	Number Kind = Kind(tNum)
	Symbol Kind = Kind(tOp) // operator or punctuation
)

// Token is one token: Val is the name, content or operator; Pos and End are byte
// offsets in the text.
type Token struct {
	Kind     Kind
	Val      string
	Pos, End Pos
	Reserved bool // a keyword that can't be a name
}

// Scan reads text as tokens.
func Scan(text string) (*Source, error) {
	toks, err := lex(text)
	if err != nil {
		return nil, err
	}
	return &Source{Text: text, toks: toks}, nil
}

// Len returns the number of tokens, End included.
func (s *Source) Len() int { return len(s.toks) }

// Token returns the i-th token, or End behind the last.
func (s *Source) Token(i int) Token {
	t := &s.toks[min(i, len(s.toks)-1)]
	return Token{
		Kind: Kind(t.kind), Val: t.val, Pos: Pos(t.pos), End: Pos(t.end),
		Reserved: t.kind == tIdent && t.class.kind() == kwReserved,
	}
}

// SyntaxError returns the 42601 fault at the i-th token.
func (s *Source) SyntaxError(i int) error {
	p := &parser{src: s.Text, toks: s.toks, i: min(i, len(s.toks)-1)}
	return p.syntaxError("")
}

// part returns a parser over the tokens of the spans, each [from, to).
func (s *Source) part(spans ...[2]int) *parser {
	n := 1
	for _, sp := range spans {
		n += sp[1] - sp[0]
	}
	toks := make([]token, 0, n)
	for _, sp := range spans {
		toks = append(toks, s.toks[sp[0]:sp[1]]...)
	}
	last := s.toks[spans[len(spans)-1][1]]
	return &parser{src: s.Text, toks: append(toks, token{kind: tEOF, pos: last.pos, end: last.pos})}
}

// Expr parses the tokens [from, to) as one expression.
func (s *Source) Expr(from, to int) (Expr, error) {
	p := s.part([2]int{from, to})
	var x Expr
	err := p.run(func() {
		x = p.expr()
		p.end()
	})
	return x, err
}

// Exprs parses the tokens [from, to) as a comma list of expressions.
func (s *Source) Exprs(from, to int) ([]Expr, error) {
	p := s.part([2]int{from, to})
	var list []Expr
	err := p.run(func() {
		list = p.exprs()
		p.end()
	})
	return list, err
}

// Stmt parses the tokens of the spans, put together, as one statement.
func (s *Source) Stmt(spans ...[2]int) (Stmt, error) {
	return s.part(spans...).one()
}

// Perform parses the tokens [from, to), the first of which is PERFORM, as a query
// whose SELECT it stands for.
func (s *Source) Perform(from, to int) (*Select, error) {
	return s.Query(from+1, to)
}

// Query parses the tokens [from, to) as a query with SELECT in front of them.
func (s *Source) Query(from, to int) (*Select, error) {
	p := s.part([2]int{from, to})
	first := p.toks[0]
	p.toks = append([]token{{kind: tIdent, class: kwReserved, pos: first.pos, end: first.pos, val: "select"}}, p.toks...)
	st, err := p.one()
	if err != nil {
		return nil, err
	}
	return st.(*Select), nil
}

func (p *parser) one() (Stmt, error) {
	var st Stmt
	err := p.run(func() {
		st = p.stmt()
		p.end()
	})
	if err != nil {
		return nil, err
	}
	return st, nil
}

// Type parses the tokens [from, to) as a type.
func (s *Source) Type(from, to int) (TypeName, error) {
	p := s.part([2]int{from, to})
	var t TypeName
	err := p.run(func() {
		t = p.funcType()
		p.end()
	})
	return t, err
}
