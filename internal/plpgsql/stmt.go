package plpgsql

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql"
)

// stmt reads one statement with its semicolon.
func (p *parser) stmt() Stmt {
	if p.cur().Kind == pgsql.End {
		p.fail()
	}
	p.enter()
	defer p.leave()
	if isSym(p.cur(), "<<") {
		return p.labelled(p.label())
	}
	if p.assignAhead() {
		return p.assign()
	}
	if isAny(p.cur(), "declare", "begin", "loop", "while", "for", "foreach") {
		return p.labelled("")
	}
	at, t := p.at(), p.cur()
	if t.Kind != pgsql.Word {
		return p.sql(at)
	}
	switch t.Val {
	case "if":
		return p.ifStmt(at)
	case "case":
		return p.caseStmt(at)
	case "exit", "continue":
		return p.exit(at)
	case "return":
		return p.returnStmt(at)
	case "raise":
		return p.raise(at)
	case "perform":
		from, to := p.until(semicolon())
		p.i++
		return &Perform{At: at, Query: must(p.src.Perform(from, to))}
	case "execute":
		return p.execute(at)
	case "get":
		return p.diagnostics(at)
	case "assert":
		return p.assert(at)
	case "null":
		p.i++
		p.expectSym(";")
		return &Null{At: at}
	case "open":
		return p.open(at)
	case "fetch", "move":
		return p.fetch(at)
	case "close":
		p.i++
		s := &Close{At: at, Cursor: p.target()}
		p.expectSym(";")
		return s
	case "commit", "rollback":
		p.refuse(at, "A block with EXCEPTION takes back what it did; the caller's transaction stays one.",
			"%s in a function is not supported", strings.ToUpper(t.Val))
	}
	return p.sql(at)
}

// labelled reads a block or loop behind its optional label.
func (p *parser) labelled(label string) Stmt {
	at := p.at()
	var s Stmt
	switch {
	case p.is("declare"), p.is("begin"):
		s = p.block(label)
		p.expectSym(";")
	case p.accept("loop"):
		s = &Loop{At: at, Label: label, Body: p.loopBody(label)}
	case p.accept("while"):
		w := &While{At: at, Label: label, Cond: p.exprUntil(before("loop"))}
		p.i++
		w.Body = p.loopBody(label)
		s = w
	case p.accept("for"):
		s = p.forLoop(at, label)
	case p.accept("foreach"):
		s = p.foreach(at, label)
	default:
		p.fail()
	}
	return s
}

// assignAhead reports whether a path with subscripts and := or = follows.
func (p *parser) assignAhead() bool {
	n := 1
	if !isName(p.cur()) {
		return false
	}
	for isSym(p.peek(n), ".") && isName(p.peek(n+1)) {
		n += 2
	}
	for isSym(p.peek(n), "[") {
		depth := 0
		for ; ; n++ {
			t := p.peek(n)
			if isSym(t, "[") {
				depth++
			} else if isSym(t, "]") {
				depth--
			}
			if depth == 0 {
				break
			}
			if t.Kind == pgsql.End || isSym(t, ";") {
				return false
			}
		}
		n++
	}
	return isSym(p.peek(n), ":=") || isSym(p.peek(n), "=")
}

func (p *parser) assign() Stmt {
	s := &Assign{At: p.at(), To: p.target()}
	for p.acceptSym("[") {
		x := p.exprUntil(stop{want: "]", syms: []string{"]", ":"}})
		if isSym(p.cur(), ":") {
			p.refuse(p.at(), "Assign the whole array.", "assigning to an array slice is not supported")
		}
		p.i++
		s.To.Subs = append(s.To.Subs, x)
	}
	if !p.acceptSym(":=") {
		p.expectSym("=")
	}
	s.X = p.exprSemi()
	return s
}

// target reads a variable or a record's field.
func (p *parser) target() Target {
	t := Target{At: p.at()}
	if p.cur().Reserved {
		p.fail()
	}
	for ok := true; ok; ok = p.acceptSym(".") {
		if !isName(p.cur()) {
			p.fail()
		}
		t.Path = append(t.Path, p.cur().Val)
		p.i++
	}
	return t
}

func (p *parser) targets() []Target {
	list := []Target{p.target()}
	for p.acceptSym(",") {
		list = append(list, p.target())
	}
	return list
}

func (p *parser) ifStmt(at pgsql.At) Stmt {
	s := &If{At: at}
	for ok := true; ok; ok = p.is("elsif") || p.is("elseif") {
		p.i++
		a := Arm{Cond: p.exprUntil(before("then"))}
		p.i++
		a.Body = p.stmts("elsif", "elseif", "else", "end")
		s.Arms = append(s.Arms, a)
	}
	if p.accept("else") {
		s.Else = p.stmts("end")
	}
	p.expect("end", "if")
	p.expectSym(";")
	return s
}

func (p *parser) caseStmt(at pgsql.At) Stmt {
	s := &Case{At: at}
	p.i++
	if !p.is("when") {
		s.Arg = p.exprUntil(before("when"))
	}
	for ok := p.is("when"); ok; ok = p.is("when") {
		p.i++
		w := When{Conds: p.exprsUntil(before("then"))}
		if s.Arg == nil && len(w.Conds) > 1 {
			p.fail()
		}
		p.i++
		w.Body = p.stmts("when", "else", "end")
		s.Whens = append(s.Whens, w)
	}
	if s.Whens == nil {
		p.fail()
	}
	if p.accept("else") {
		s.HasElse, s.Else = true, p.stmts("end")
	}
	p.expect("end", "case")
	p.expectSym(";")
	return s
}

func (p *parser) exit(at pgsql.At) Stmt {
	s := &Exit{At: at, Continue: p.is("continue")}
	p.i++
	if isName(p.cur()) && !p.is("when") {
		s.Label = p.name()
	}
	if p.accept("when") {
		s.When = p.exprUntil(semicolon())
	}
	p.expectSym(";")
	return s
}

func (p *parser) returnStmt(at pgsql.At) Stmt {
	p.i++
	switch {
	case p.acceptSym(";"):
		return &Return{At: at}
	case p.accept("next"):
		if p.acceptSym(";") {
			return &ReturnNext{At: at}
		}
		return &ReturnNext{At: at, X: p.exprSemi()}
	case p.is("query", "execute"):
		p.i += 2
		s := &ReturnQuery{At: at, Command: p.exprUntil(before("using").orSemi())}
		s.Using = p.using()
		p.expectSym(";")
		return s
	case p.accept("query"):
		from, to := p.until(semicolon())
		p.i++
		return &ReturnQuery{At: at, Query: must(p.src.Stmt([2]int{from, to}))}
	}
	return &Return{At: at, X: p.exprSemi()}
}

// using reads [using x, y] up to a semicolon, INTO or LOOP.
func (p *parser) using() []pgsql.Expr {
	if !p.accept("using") {
		return nil
	}
	return p.exprsUntil(before("into", "loop").orSemi())
}

func (p *parser) execute(at pgsql.At) Stmt {
	p.i++
	s := &Execute{At: at, Command: p.exprUntil(before("into", "using").orSemi())}
	for !p.acceptSym(";") {
		switch {
		case s.Into == nil && p.accept("into"):
			s.Strict = p.accept("strict")
			s.Into = p.targets()
		case s.Using == nil && p.is("using"):
			s.Using = p.using()
		default:
			p.fail()
		}
	}
	return s
}

func (p *parser) diagnostics(at pgsql.At) Stmt {
	p.i++
	s := &Diagnostics{At: at, Stacked: p.accept("stacked")}
	p.accept("current")
	p.expect("diagnostics")
	for ok := true; ok; ok = p.acceptSym(",") {
		item := DiagItem{To: p.target()}
		if !p.acceptSym(":=") {
			p.expectSym("=")
		}
		t := p.cur()
		item.Item = p.name()
		if !diagItem(item.Item, s.Stacked) {
			p.invalid(pgsql.At{Pos: t.Pos}, "42601", "unrecognized GET DIAGNOSTICS item at or near \"%s\"", p.src.Text[t.Pos:t.End])
		}
		s.Items = append(s.Items, item)
	}
	p.expectSym(";")
	return s
}

func diagItem(name string, stacked bool) bool {
	switch name {
	case "pg_context":
		return true
	case "row_count":
		return !stacked
	case "returned_sqlstate", "message_text", "pg_exception_detail", "pg_exception_hint", "pg_exception_context",
		"column_name", "constraint_name", "pg_datatype_name", "table_name", "schema_name":
		return stacked
	}
	return false
}

func (p *parser) assert(at pgsql.At) Stmt {
	p.i++
	s := &Assert{At: at, Cond: p.exprUntil(semicolon().orComma())}
	if p.acceptSym(",") {
		s.Message = p.exprUntil(semicolon())
	}
	p.expectSym(";")
	return s
}

// sql reads an SQL statement and takes INTO out of it.
func (p *parser) sql(at pgsql.At) Stmt {
	t := p.cur()
	if t.Kind != pgsql.Word && !isSym(t, "(") || isAny(t, "exception", "when", "then", "end", "else", "elsif", "elseif") {
		p.fail()
	}
	s := &SQL{At: at}
	from := p.i
	spans := [][2]int{}
	for {
		if s.Into == nil || !p.is("into") {
			p.until(before("into").orSemi())
		}
		spans = append(spans, [2]int{from, p.i})
		if p.acceptSym(";") {
			break
		}
		if s.Into != nil {
			p.invalid(p.at(), "42601", "INTO specified more than once")
		}
		p.i++
		s.Strict = p.accept("strict")
		s.Into = p.targets()
		from = p.i
		if p.acceptSym(";") {
			spans = append(spans, [2]int{p.i - 1, p.i - 1})
			break
		}
	}
	s.Stmt = must(p.src.Stmt(spans...))
	if t, ok := s.Stmt.(*pgsql.Transaction); ok {
		p.refuse(s.At, "", "%s in a function is not supported", strings.ToUpper(t.Do))
	}
	return s
}
