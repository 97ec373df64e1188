package pgsql

import (
	"strconv"
	"strings"
)

func (p *parser) createSequence(at At) Stmt {
	p.expect("sequence")
	s := &CreateSequence{At: at, IfNotExists: p.ifNotExists(), Name: p.name()}
	p.sequenceOptions(s)
	return s
}

// sequenceOptions reads the options and takes AS out of them.
func (p *parser) sequenceOptions(s *CreateSequence) {
	for p.seqOptionStart() {
		if p.accept("as") {
			s.As = p.typeName()
			continue
		}
		s.Options = append(s.Options, p.seqOption())
	}
}

func (p *parser) seqOptionStart() bool {
	return p.isAny("as", "cache", "cycle", "no", "increment", "maxvalue", "minvalue", "owned",
		"sequence", "start", "restart", "logged", "unlogged") != ""
}

// seqOptions reads the options of an identity column.
func (p *parser) seqOptions() []SeqOption {
	var list []SeqOption
	for p.seqOptionStart() {
		list = append(list, p.seqOption())
	}
	return list
}

func (p *parser) seqOption() SeqOption {
	word := p.advance().val
	o := SeqOption{Name: word}
	switch word {
	case "no":
		o.No = true
		o.Name = p.expectAny("maxvalue", "minvalue", "cycle")
	case "as":
		o.Text = p.typeName().String()
	case "cache", "maxvalue", "minvalue":
		o.Val = p.int64()
	case "increment":
		p.accept("by")
		o.Val = p.int64()
	case "start":
		p.accept("with")
		o.Val = p.int64()
	case "restart":
		with := p.accept("with")
		if with || p.cur().kind == tNum || p.isOp("-") || p.isOp("+") {
			o.Val = p.int64()
		} else {
			o.No = true // restart at the start value
		}
	case "owned":
		p.expect("by")
		o.Name = "owned by"
		o.Text = p.dotted()
	case "sequence":
		p.expect("name")
		o.Name = "sequence name"
		o.Text = p.dotted()
	}
	return o
}

// dotted reads a path of names as text.
func (p *parser) dotted() string {
	parts := []string{QuoteIdent(p.colID())}
	for p.acceptOp(".") {
		parts = append(parts, QuoteIdent(p.label()))
	}
	return strings.Join(parts, ".")
}

// int64 takes a signed integer.
func (p *parser) int64() int64 {
	sign := ""
	if p.acceptOp("-") {
		sign = "-"
	} else {
		p.acceptOp("+")
	}
	if p.cur().kind != tNum {
		p.fail()
	}
	n, err := strconv.ParseInt(sign+p.cur().val, 10, 64)
	if err != nil {
		p.fail()
	}
	p.i++
	return n
}

func (w *printer) seqOptions(list []SeqOption) {
	for i, o := range list {
		w.opt(i > 0, " ")
		switch {
		case o.Name == "restart" && o.No:
			w.str("restart")
		case o.No:
			w.str("no ", o.Name)
		case o.Text != "":
			w.str(o.Name, " ", o.Text)
		case o.Name == "cycle", o.Name == "logged", o.Name == "unlogged":
			w.str(o.Name)
		default:
			w.str(o.Name, " ", strconv.FormatInt(o.Val, 10))
		}
	}
}

func (w *printer) createSequence(s *CreateSequence) {
	w.str(map[bool]string{true: "alter", false: "create"}[s.Alter], " sequence ")
	w.opt(s.IfNotExists, "if not exists ")
	w.opt(s.IfExists, "if exists ")
	w.name(s.Name)
	if s.As.Name != "" {
		w.str(" as ", s.As.String())
	}
	w.opt(len(s.Options) > 0, " ")
	w.seqOptions(s.Options)
}
