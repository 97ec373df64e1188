package query

import "strings"

// The operators by the shape of their value.
const (
	plainOps = " neq cs cd ov sl sr nxr nxl adj isdistinct "
	quantOps = " eq gte gt lte lt like ilike match imatch "
	textOps  = " fts plfts phfts wfts "
)

func oneOf(list, word string) bool {
	return word != "" && strings.Contains(list, " "+word+" ")
}

const expectOp = "\"not\" or operator (eq, gt, ...)"

// filter reads "[not.]op.value". Inside a logic tree a value ends at , or ).
// param is the Param whose tail the value is, -1 for none.
func (s *scanner) filter(param int, inTree bool) (*Filter, *bad) {
	f := &Filter{Val: Val{Param: -1}}
	f.Not = s.take("not.")
	start := s.pos
	for c := s.peek(); c >= 'a' && c <= 'z'; c = s.peek() {
		s.pos++
	}
	f.Op = s.in[start:s.pos]
	if err := s.modifier(f); err != nil {
		s.pos = start
		return nil, &bad{pos: start, expect: expectOp}
	}
	var err *bad
	switch {
	case f.Op == "in":
		return f, s.inList(f, param)
	case f.Op == "is":
		return f, s.isValue(f, inTree)
	case inTree:
		f.Val.Text, err = s.treeValue()
	default:
		f.Val.Text = s.rest()
		if oneOf(plainOps, f.Op) || f.Quant == "" && oneOf(quantOps, f.Op) {
			f.Val.Param = param
		}
		s.pos = len(s.in)
	}
	return f, err
}

// modifier reads what stands between the operator and its dot.
func (s *scanner) modifier(f *Filter) *bad {
	switch {
	case f.Op == "in", f.Op == "is", oneOf(plainOps, f.Op):
	case oneOf(quantOps, f.Op):
		if s.take("(any)") {
			f.Quant = "any"
		} else if s.take("(all)") {
			f.Quant = "all"
		}
	case oneOf(textOps, f.Op):
		if s.peek() != '(' {
			break
		}
		end := strings.IndexByte(s.rest(), ')')
		if end < 0 {
			return s.fail(")")
		}
		f.Lang = strings.TrimSpace(s.in[s.pos+1 : s.pos+end])
		s.pos += end + 1
	default:
		return s.fail(expectOp)
	}
	if !s.take(".") {
		return s.fail(".")
	}
	return nil
}

// inList reads (a,b,"c,d").
func (s *scanner) inList(f *Filter, param int) *bad {
	f.Val.Param = param
	list, err := s.list()
	f.List = list
	return err
}

// list reads a parenthesised list of values.
func (s *scanner) list() ([]string, *bad) {
	s.spaces()
	if !s.symbol("(") {
		return nil, s.fail("\"(\"")
	}
	var out []string
	for {
		v, err := s.element()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if s.take(",") {
			continue
		}
		if s.symbol(")") {
			return out, nil
		}
		return nil, s.fail("\",\" or \")\"")
	}
}

// element reads a quoted value, or everything up to , or ).
func (s *scanner) element() (string, *bad) {
	if s.peek() == '"' {
		start := s.pos
		v, err := s.quoted()
		if err == nil && (s.eof() || s.peek() == ',' || s.peek() == ')') {
			return v, nil
		}
		s.pos = start
	}
	start := s.pos
	for !s.eof() && s.peek() != ',' && s.peek() != ')' {
		s.pos++
	}
	return s.in[start:s.pos], nil
}

// treeValue reads a value inside a logic tree.
func (s *scanner) treeValue() (string, *bad) {
	if s.peek() == '{' {
		if end := strings.IndexAny(s.in[s.pos+1:], "{}"); end >= 0 && s.in[s.pos+1+end] == '}' {
			v := s.in[s.pos : s.pos+end+2]
			s.pos += end + 2
			return v, nil
		}
	}
	v, err := s.element()
	return v, err
}

var isValues = []string{"not_null", "null", "true", "false", "unknown"}

func (s *scanner) isValue(f *Filter, inTree bool) *bad {
	for _, v := range isValues {
		if len(s.rest()) < len(v) || !strings.EqualFold(s.rest()[:len(v)], v) {
			continue
		}
		end := s.pos + len(v)
		if end < len(s.in) && (!inTree || s.in[end] != ',' && s.in[end] != ')' && s.in[end] != ' ') {
			break
		}
		f.Val.Text = v
		s.pos = end
		return nil
	}
	return s.fail("isVal: (null, not_null, true, false, unknown)")
}

// List splits the text of an in filter, "(a,b)".
func List(text string) ([]string, error) {
	s := scanner{in: text}
	list, err := s.list()
	if err != nil {
		return nil, syntax("filter", "in."+text, "in."+text, &bad{pos: err.pos + 3, expect: err.expect})
	}
	return list, nil
}
