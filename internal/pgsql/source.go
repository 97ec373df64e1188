package pgsql

import (
	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/parse"
)

// Source is a text read as tokens, out of which parts can be parsed as expressions,
// statements or types with positions that count from the text's beginning. It is
// made for languages that hold SQL, such as PL/pgSQL.
type Source struct {
	Text string
	toks []lex.Token
}

// Kind is the class of a Token.
type Kind = lex.Kind

// The kinds of a Token; End closes every source.
const (
	End    = lex.EOF
	Word   = lex.Word   // unquoted, folded: a name or a keyword
	Quoted = lex.Quoted // "name"
	String = lex.String // any quoted literal, decoded
	Number = lex.Number
	Symbol = lex.Symbol // operator or punctuation
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
	toks, err := lex.Lex(text)
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
		Kind: t.Kind, Val: t.Val, Pos: Pos(t.Pos), End: Pos(t.End),
		Reserved: t.Kind == lex.Word && t.Class.Kind() == lex.Reserved,
	}
}

// SyntaxError returns the 42601 fault at the i-th token.
func (s *Source) SyntaxError(i int) error {
	return parse.SyntaxError(s.Text, s.toks, min(i, len(s.toks)-1))
}

// part returns the tokens of the spans, each [from, to), and an end.
func (s *Source) part(spans ...[2]int) []lex.Token {
	n := 1
	for _, sp := range spans {
		n += sp[1] - sp[0]
	}
	toks := make([]lex.Token, 0, n)
	for _, sp := range spans {
		toks = append(toks, s.toks[sp[0]:sp[1]]...)
	}
	last := s.toks[spans[len(spans)-1][1]]
	return append(toks, lex.Token{Kind: lex.EOF, Pos: last.Pos, End: last.Pos})
}

// Expr parses the tokens [from, to) as one expression.
func (s *Source) Expr(from, to int) (Expr, error) {
	return parse.ExprTokens(s.Text, s.part([2]int{from, to}))
}

// Exprs parses the tokens [from, to) as a comma list of expressions.
func (s *Source) Exprs(from, to int) ([]Expr, error) {
	return parse.ExprList(s.Text, s.part([2]int{from, to}))
}

// Stmt parses the tokens of the spans, put together, as one statement.
func (s *Source) Stmt(spans ...[2]int) (Stmt, error) {
	return parse.StmtTokens(s.Text, s.part(spans...))
}

// Perform parses the tokens [from, to), the first of which is PERFORM, as a query
// whose SELECT it stands for.
func (s *Source) Perform(from, to int) (*Select, error) {
	return s.Query(from+1, to)
}

// Query parses the tokens [from, to) as a query with SELECT in front of them.
func (s *Source) Query(from, to int) (*Select, error) {
	toks := s.part([2]int{from, to})
	at := toks[0].Pos
	sel := lex.Token{Kind: lex.Word, Class: lex.Reserved, Pos: at, End: at, Val: "select"}
	st, err := parse.StmtTokens(s.Text, append([]lex.Token{sel}, toks...))
	if err != nil {
		return nil, err
	}
	return st.(*Select), nil
}

// Type parses the tokens [from, to) as a type.
func (s *Source) Type(from, to int) (TypeName, error) {
	return parse.TypeTokens(s.Text, s.part([2]int{from, to}))
}
