package parse

import (
	"iter"

	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

// Script reads a script of statements divided by semicolons.
func Script(sql string) ([]tree.Stmt, error) {
	p, err := newParser(sql)
	if err != nil {
		return nil, err
	}
	var list []tree.Stmt
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

// One reads exactly one statement; a closing semicolon is allowed.
func One(sql string) (tree.Stmt, error) {
	p, err := newParser(sql)
	if err != nil {
		return nil, err
	}
	var s tree.Stmt
	err = p.run(func() {
		if !p.semicolons() {
			p.Fail()
		}
		s = p.stmt()
		p.endStmt()
		if p.semicolons() {
			p.FailHint("Only one statement is allowed here.")
		}
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Expr reads one expression.
func Expr(sql string) (tree.Expr, error) {
	p, err := newParser(sql)
	if err != nil {
		return nil, err
	}
	var x tree.Expr
	err = p.run(func() {
		x = p.expr()
		p.end()
	})
	if err != nil {
		return nil, err
	}
	return x, nil
}

// Type reads the name of a type, with modifiers and array bounds; also
// "setof t", "t.col%type" and "t%rowtype".
func Type(sql string) (tree.TypeName, error) {
	p, err := newParser(sql)
	if err != nil {
		return tree.TypeName{}, err
	}
	var t tree.TypeName
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
	Stmt tree.Stmt
	SQL  string
	Pos  tree.Pos
}

// Each yields the statements of a script one by one; a fault comes with the offset of
// the statement that has it. Who goes on gets the statements behind that one's semicolon.
func Each(sql string) iter.Seq2[Located, error] {
	return func(yield func(Located, error) bool) {
		p, err := newParser(sql)
		if err != nil {
			yield(Located{}, err)
			return
		}
		for p.semicolons() {
			loc := Located{Pos: tree.Pos(p.Cur().Pos)}
			start := p.I
			p.Base = p.Cur().Pos
			err := p.run(func() {
				loc.Stmt = p.stmt()
				loc.SQL = sql[loc.Pos:p.Toks[p.I-1].End]
				p.endStmt()
			})
			if err != nil {
				last := p.Cur().Kind == tEOF || p.Toks[start].IsWord("copy") // whose data is no SQL
				p.I = start
				p.skip()
				if !yield(Located{Pos: loc.Pos, SQL: sql[loc.Pos:p.Toks[p.I-1].End]}, err) || last {
					return
				}
				continue
			}
			if !yield(loc, nil) {
				return
			}
		}
		if p.LexErr != nil {
			yield(Located{}, p.LexErr)
		}
	}
}

// semicolons skips empty statements and reports whether another one follows.
func (p *parser) semicolons() bool {
	for p.AcceptOp(";") {
	}
	return p.Cur().Kind != tEOF
}

// endStmt demands a semicolon or the end.
func (p *parser) endStmt() {
	if p.Cur().Kind != tEOF && !p.IsOp(";") || p.Cur().Kind == tEOF && p.LexErr != nil {
		p.Fail()
	}
}

// end demands the end of the text.
func (p *parser) end() {
	if p.Cur().Kind != tEOF || p.LexErr != nil {
		p.Fail()
	}
}
