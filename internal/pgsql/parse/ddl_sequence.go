package parse

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql/lex"
	"github.com/plinth-dev/plinth/internal/pgsql/tree"
)

func (p *parser) createSequence(at tree.At) tree.Stmt {
	p.Expect("sequence")
	s := &tree.CreateSequence{At: at, IfNotExists: p.ifNotExists(), Name: p.Name()}
	p.sequenceOptions(s)
	return s
}

// sequenceOptions reads the options and takes AS out of them.
func (p *parser) sequenceOptions(s *tree.CreateSequence) {
	for p.seqOptionStart() {
		if p.Accept("as") {
			s.As = p.typeName()
			continue
		}
		s.Options = append(s.Options, p.seqOption())
	}
}

func (p *parser) seqOptionStart() bool {
	return p.IsAny("as", "cache", "cycle", "no", "increment", "maxvalue", "minvalue", "owned",
		"sequence", "start", "restart", "logged", "unlogged") != ""
}

// seqOptions reads the options of an identity column.
func (p *parser) seqOptions() []tree.SeqOption {
	var list []tree.SeqOption
	for p.seqOptionStart() {
		list = append(list, p.seqOption())
	}
	return list
}

func (p *parser) seqOption() tree.SeqOption {
	word := p.Advance().Val
	o := tree.SeqOption{Name: word}
	switch word {
	case "no":
		o.No = true
		o.Name = p.ExpectAny("maxvalue", "minvalue", "cycle")
	case "as":
		o.Text = p.typeName().String()
	case "cache", "maxvalue", "minvalue":
		o.Val = p.int64()
	case "increment":
		p.Accept("by")
		o.Val = p.int64()
	case "start":
		p.Accept("with")
		o.Val = p.int64()
	case "restart":
		with := p.Accept("with")
		if with || p.Cur().Kind == tNum || p.IsOp("-") || p.IsOp("+") {
			o.Val = p.int64()
		} else {
			o.No = true // restart at the start value
		}
	case "owned":
		p.Expect("by")
		o.Name, o.Text = "owned by", "none"
		if !p.Accept("none") {
			o.Text = p.dotted()
		}
	case "sequence":
		p.Expect("name")
		o.Name = "sequence name"
		o.Text = p.dotted()
	}
	return o
}

// dotted reads a path of names as text.
func (p *parser) dotted() string {
	parts := []string{lex.QuoteIdent(p.ColID())}
	for p.AcceptOp(".") {
		parts = append(parts, lex.QuoteIdent(p.Label()))
	}
	return strings.Join(parts, ".")
}

// int64 takes a signed integer.
func (p *parser) int64() int64 {
	sign := ""
	if p.AcceptOp("-") {
		sign = "-"
	} else {
		p.AcceptOp("+")
	}
	if p.Cur().Kind != tNum {
		p.Fail()
	}
	n, err := strconv.ParseInt(sign+p.Cur().Val, 10, 64)
	if err != nil {
		p.Fail()
	}
	p.I++
	return n
}
