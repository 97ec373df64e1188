package plpgsql

import "github.com/plinth-dev/plinth/internal/pgsql"

// cursorAhead reports whether a declaration goes on as one of a bound cursor.
func (p *parser) cursorAhead() bool {
	return p.is("cursor") || p.is("no", "scroll", "cursor") || p.is("scroll", "cursor")
}

// cursor reads [no scroll] cursor [(name type, …)] for query;
func (p *parser) cursor(d *Decl) {
	p.accept("no")
	p.accept("scroll")
	p.expect("cursor")
	d.Cursor = &Cursor{}
	if p.acceptSym("(") {
		for ok := true; ok; ok = p.acceptSym(",") {
			a := Decl{At: p.at(), Name: p.name()}
			from, to := p.until(stop{want: ")", syms: []string{",", ")"}})
			a.Type = must(p.src.Type(from, to))
			d.Cursor.Args = append(d.Cursor.Args, a)
		}
		p.expectSym(")")
	}
	if !p.accept("is") {
		p.expect("for")
	}
	from, to := p.until(semicolon())
	p.i++
	d.Cursor.Query = must(p.src.Stmt([2]int{from, to}))
}

func (p *parser) open(at pgsql.At) Stmt {
	p.i++
	s := &Open{At: at, Cursor: p.target()}
	s.Args, s.ArgNames = p.arguments()
	p.accept("no")
	p.accept("scroll")
	if p.accept("for") {
		if p.accept("execute") {
			s.Command = p.exprUntil(before("using").orSemi())
			s.Using = p.using()
		} else {
			from, to := p.until(semicolon())
			s.Query = must(p.src.Stmt([2]int{from, to}))
		}
	}
	p.expectSym(";")
	return s
}

// arguments reads [(x, name := y)]; names is nil where none is named.
func (p *parser) arguments() (list []pgsql.Expr, names []string) {
	if !p.acceptSym("(") || p.acceptSym(")") {
		return nil, nil
	}
	for ok := true; ok; ok = p.acceptSym(",") {
		name := ""
		if t := p.peek(1); isName(p.cur()) && (isSym(t, ":=") || isSym(t, "=>")) {
			name = p.name()
			p.i++
		}
		names = append(names, name)
		list = append(list, p.exprUntil(stop{want: ")", syms: []string{",", ")"}}))
	}
	p.expectSym(")")
	return list, names
}

func (p *parser) fetch(at pgsql.At) Stmt {
	move := p.is("move")
	p.i++
	s := &Fetch{At: at, Way: "next"}
	p.direction(s)
	if !move && (s.All || s.Count != nil && (s.Way == "forward" || s.Way == "backward")) {
		p.refuse(at, "", "FETCH statement cannot return multiple rows")
	}
	s.Cursor = p.target()
	if !move {
		p.expect("into")
		s.Into = p.targets()
	}
	p.expectSym(";")
	return s
}

// direction reads [way [count]] [from | in].
func (p *parser) direction(s *Fetch) {
	switch t := p.cur(); {
	case isAny(t, "next", "prior", "first", "last"):
		s.Way = t.Val
		p.i++
	case isAny(t, "absolute", "relative"):
		s.Way = t.Val
		p.i++
		s.Count = p.exprUntil(before("from", "in"))
	case isAny(t, "forward", "backward"):
		s.Way = t.Val
		p.i++
		if p.accept("all") {
			s.All = true
		} else if !p.is("from") && !p.is("in") {
			s.Count = p.exprUntil(before("from", "in"))
		}
	}
	if !p.accept("from") {
		p.accept("in")
	}
}
