package plpgsql

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/pgsql"
)

// loopBody reads statements and END LOOP.
func (p *parser) loopBody(label string) []Stmt {
	body := p.stmts("end")
	p.expect("end", "loop")
	p.endLabel(label)
	p.expectSym(";")
	return body
}

// forLoop reads what follows FOR: a range of integers or the rows of a query.
func (p *parser) forLoop(at pgsql.At, label string) Stmt {
	into := p.targets()
	p.expect("in")
	if p.is("reverse") || p.rangeAhead() {
		return p.forInt(at, label, into)
	}
	s := &ForQuery{At: at, Label: label, Into: into}
	if p.accept("execute") {
		s.Command = p.exprUntil(stop{want: "LOOP", words: []string{"loop", "using"}})
		s.Using = p.using()
	} else {
		p.loopQuery(s)
	}
	p.expect("loop")
	s.Body = p.loopBody(label)
	return s
}

// loopQuery reads the query, or the cursor, whose rows a loop goes through.
func (p *parser) loopQuery(s *ForQuery) {
	if t := p.cur(); isName(t) && !t.Reserved && !isWord(t, "values") && (isWord(p.peek(1), "loop") || isSym(p.peek(1), "(")) {
		s.Cursor = p.name()
		s.Args, s.ArgNames = p.arguments()
		return
	}
	from, to := p.until(before("loop"))
	s.Query = must(p.src.Stmt([2]int{from, to}))
}

// rangeAhead reports whether .. stands before LOOP.
func (p *parser) rangeAhead() bool {
	for n := 0; ; n++ {
		t := p.peek(n)
		switch {
		case isSym(t, ".."):
			return true
		case t.Kind == pgsql.End, isSym(t, ";"), isWord(t, "loop"):
			return false
		}
	}
}

func (p *parser) forInt(at pgsql.At, label string, into []Target) Stmt {
	if len(into) != 1 || len(into[0].Path) != 1 {
		p.invalid(at, "42601", "integer FOR loop must have only one target variable")
	}
	s := &ForInt{At: at, Label: label, Var: into[0].Path[0], Reverse: p.accept("reverse")}
	s.Lo = p.exprUntil(stop{want: "..", syms: []string{".."}})
	p.i++
	s.Hi = p.exprUntil(stop{want: "LOOP", words: []string{"loop", "by"}})
	if p.accept("by") {
		s.Step = p.exprUntil(before("loop"))
	}
	p.expect("loop")
	s.Body = p.loopBody(label)
	return s
}

func (p *parser) foreach(at pgsql.At, label string) Stmt {
	s := &Foreach{At: at, Label: label, Into: p.targets()}
	if p.accept("slice") {
		n, err := strconv.Atoi(p.cur().Val)
		if err != nil || p.cur().Kind != pgsql.Number {
			p.fail()
		}
		p.i++
		s.Slice = n
	}
	p.expect("in", "array")
	s.Array = p.exprUntil(before("loop"))
	p.expect("loop")
	s.Body = p.loopBody(label)
	return s
}
