package plpgsql

import (
	"github.com/plinth-dev/plinth/internal/pgsql"
)

func (p *parser) raise(at pgsql.At) Stmt {
	s := &Raise{At: at, Level: "exception"}
	p.i++
	if t := p.cur(); isAny(t, "debug", "log", "info", "notice", "warning", "exception") {
		s.Level = t.Val
		p.i++
	}
	switch t := p.cur(); {
	case p.acceptSym(";"):
		return s
	case t.Kind == pgsql.String:
		p.i++
		s.HasFormat, s.Format = true, t.Val
		for p.acceptSym(",") {
			s.Args = append(s.Args, p.exprUntil(before("using").orSemi().orComma()))
		}
		p.checkFormat(at, s)
	case !isWord(t, "using"):
		c := p.condition(false)
		s.Cond = &c
	}
	if p.accept("using") {
		for ok := true; ok; ok = p.acceptSym(",") {
			s.Options = append(s.Options, p.raiseOption())
		}
	}
	p.expectSym(";")
	return s
}

func (p *parser) raiseOption() RaiseOption {
	t := p.cur()
	if !isAny(t, "errcode", "message", "detail", "hint", "column", "constraint", "datatype", "table", "schema") {
		p.invalid(p.at(), "42601", "unrecognized RAISE statement option at or near \"%s\"", p.src.Text[t.Pos:t.End])
	}
	p.i++
	if !p.acceptSym("=") {
		p.expectSym(":=")
	}
	return RaiseOption{Name: t.Val, X: p.exprUntil(semicolon().orComma())}
}

// checkFormat compares the placeholders with the arguments, as Postgres does when it
// compiles the function.
func (p *parser) checkFormat(at pgsql.At, s *Raise) {
	n := 0
	for i := 0; i < len(s.Format); i++ {
		if s.Format[i] != '%' {
			continue
		}
		if i+1 < len(s.Format) && s.Format[i+1] == '%' {
			i++
			continue
		}
		n++
	}
	if n > len(s.Args) {
		p.invalid(at, "42601", "too few parameters specified for RAISE")
	}
	if n < len(s.Args) {
		p.invalid(at, "42601", "too many parameters specified for RAISE")
	}
}
