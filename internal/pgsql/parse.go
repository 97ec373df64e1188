package pgsql

import (
	"iter"
	"strings"
	"unicode/utf8"
)

// Parse reads a script of statements divided by semicolons.
func Parse(sql string) ([]Stmt, error) {
	p, err := newParser(sql)
	if err != nil {
		return nil, err
	}
	var list []Stmt
	err = p.run(func() {
		for p.semicolons() {
			list = append(list, p.stmt())
			p.endStmt()
		}
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// ParseOne reads exactly one statement; a closing semicolon is allowed.
func ParseOne(sql string) (Stmt, error) {
	p, err := newParser(sql)
	if err != nil {
		return nil, err
	}
	var s Stmt
	err = p.run(func() {
		if !p.semicolons() {
			p.fail()
		}
		s = p.stmt()
		p.endStmt()
		if p.semicolons() {
			p.failHint("Only one statement is allowed here.")
		}
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// ParseExpr reads one expression.
func ParseExpr(sql string) (Expr, error) {
	p, err := newParser(sql)
	if err != nil {
		return nil, err
	}
	var x Expr
	err = p.run(func() {
		x = p.expr()
		p.end()
	})
	if err != nil {
		return nil, err
	}
	return x, nil
}

// ParseType reads the name of a type, with modifiers and array bounds; also
// "setof t", "t.col%type" and "t%rowtype".
func ParseType(sql string) (TypeName, error) {
	p, err := newParser(sql)
	if err != nil {
		return TypeName{}, err
	}
	var t TypeName
	err = p.run(func() {
		t = p.funcType()
		p.end()
	})
	return t, err
}

// Located is one statement of a script. SQL is its text without the semicolon and
// Pos its byte offset in the script; positions in Stmt, and Pos of a fault that
// comes with it, count from there.
type Located struct {
	Stmt Stmt
	SQL  string
	Pos  Pos
}

// Script yields the statements of a script one by one and stops at the first
// fault, which comes with the offset of the statement that has it.
func Script(sql string) iter.Seq2[Located, error] {
	return func(yield func(Located, error) bool) {
		p, err := newParser(sql)
		if err != nil {
			yield(Located{}, err)
			return
		}
		for p.semicolons() {
			loc := Located{Pos: Pos(p.cur().pos)}
			p.base = p.cur().pos
			err := p.run(func() {
				loc.Stmt = p.stmt()
				loc.SQL = sql[loc.Pos:p.toks[p.i-1].end]
				p.endStmt()
			})
			if err != nil {
				yield(Located{Pos: loc.Pos, SQL: loc.SQL}, err)
				return
			}
			if !yield(loc, nil) {
				return
			}
		}
		if p.lexErr != nil {
			yield(Located{}, p.lexErr)
		}
	}
}

// LineCol returns the 1-based line and column (in characters) of a byte offset.
func LineCol(text string, offset int) (line, col int) {
	offset = max(0, min(offset, len(text)))
	head := text[:offset]
	start := strings.LastIndexByte(head, '\n') + 1
	return strings.Count(head, "\n") + 1, utf8.RuneCountInString(head[start:]) + 1
}

// semicolons skips empty statements and reports whether another one follows.
func (p *parser) semicolons() bool {
	for p.acceptOp(";") {
	}
	return p.cur().kind != tEOF
}

// endStmt demands a semicolon or the end.
func (p *parser) endStmt() {
	if p.cur().kind != tEOF && !p.isOp(";") || p.cur().kind == tEOF && p.lexErr != nil {
		p.fail()
	}
}

// end demands the end of the text.
func (p *parser) end() {
	if p.cur().kind != tEOF || p.lexErr != nil {
		p.fail()
	}
}
