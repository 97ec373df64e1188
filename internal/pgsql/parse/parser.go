package parse

import (
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql/cursor"
	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// parser reads the grammar from its cursor.
type parser struct{ cursor.Cursor }

func newParser(sql string) (*parser, error) {
	toks, err := lex.Lex(sql)
	if toks == nil {
		return nil, err
	}
	return &parser{cursor.Cursor{Src: sql, Toks: toks, LexErr: err}}, nil
}

func (p *parser) run(f func()) error { return cursor.Run(f) }

// overTokens returns a parser over tokens of text, which end with lex.EOF.
func overTokens(text string, toks []lex.Token) *parser {
	return &parser{cursor.Cursor{Src: text, Toks: toks}}
}

// SyntaxError returns the 42601 fault at the i-th of the tokens of text.
func SyntaxError(text string, toks []lex.Token, i int) *fault.Error {
	p := overTokens(text, toks)
	p.I = i
	return p.SyntaxError("")
}

// ExprTokens parses tokens of text as one expression.
func ExprTokens(text string, toks []lex.Token) (tree.Expr, error) {
	p := overTokens(text, toks)
	var x tree.Expr
	err := p.run(func() {
		x = p.expr()
		p.end()
	})
	return x, err
}

// ExprList parses tokens of text as a comma list of expressions.
func ExprList(text string, toks []lex.Token) ([]tree.Expr, error) {
	p := overTokens(text, toks)
	var list []tree.Expr
	err := p.run(func() {
		list = p.exprs()
		p.end()
	})
	return list, err
}

// StmtTokens parses tokens of text as one statement.
func StmtTokens(text string, toks []lex.Token) (tree.Stmt, error) {
	p := overTokens(text, toks)
	var st tree.Stmt
	err := p.run(func() {
		st = p.stmt()
		p.end()
	})
	if err != nil {
		return nil, err
	}
	return st, nil
}

// TypeTokens parses tokens of text as a type.
func TypeTokens(text string, toks []lex.Token) (tree.TypeName, error) {
	p := overTokens(text, toks)
	var t tree.TypeName
	err := p.run(func() {
		t = p.funcType()
		p.end()
	})
	return t, err
}
