package query

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Kind classes a Param by its key.
type Kind uint8

const (
	KindFilter Kind = iota
	KindSelect
	KindColumns
	KindOnConflict
	KindOrder
	KindLimit
	KindOffset
	KindLogic
	KindArg    // an argument of a function
	KindCursor // where a page begins: cursor=after.…
)

// Param is one key=value of a query string. Value[Tail:] is not part of the shape.
type Param struct {
	Key, Value string
	Kind       Kind
	Tail       int
}

// Text returns the part of the value that the shape leaves open.
func (p *Param) Text() string { return p.Value[p.Tail:] }

// Split reads a raw query string into dst. In a call of a function by GET (call), a
// key without an operator is an argument.
func Split(raw string, call bool, dst []Param) ([]Param, *fault.Error) {
	if len(raw) > MaxURL {
		return nil, errURLTooLong
	}
	for raw != "" {
		var part string
		part, raw, _ = strings.Cut(raw, "&")
		if part == "" {
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		p := Param{Key: unescape(k), Value: unescape(v)}
		if p.Key == "" || p.Key == "apikey" {
			continue // the gateway's own
		}
		if strings.IndexByte(p.Key, 0) >= 0 || strings.IndexByte(p.Value, 0) >= 0 {
			return nil, errNul
		}
		classify(&p, call)
		dst = append(dst, p)
	}
	return dst, nil
}

// unescape decodes a query component; a malformed escape is kept as it is.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			out = append(out, ' ')
		case s[i] == '%' && i+2 < len(s) && hex(s[i+1]) >= 0 && hex(s[i+2]) >= 0:
			out = append(out, byte(hex(s[i+1])<<4|hex(s[i+2])))
			i += 2
		default:
			out = append(out, s[i])
		}
	}
	return string(out)
}

// hex is the value of a hexadecimal digit, or -1.
func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// classify sets p's Kind and Tail.
func classify(p *Param, call bool) {
	p.Tail = len(p.Value)
	switch p.Key {
	case "select":
		p.Kind = KindSelect
		return
	case "columns":
		p.Kind = KindColumns
		return
	case "on_conflict":
		p.Kind = KindOnConflict
		return
	}
	switch p.Key[strings.LastIndexByte(p.Key, '.')+1:] {
	case "order":
		p.Kind = KindOrder
	case "limit":
		p.Kind, p.Tail = KindLimit, 0
	case "offset":
		p.Kind, p.Tail = KindOffset, 0
	case "and", "or":
		p.Kind = KindLogic
	default:
		p.Kind = KindFilter
		if call && !hasOperator(p.Value) {
			p.Kind, p.Tail = KindArg, 0
			return
		}
		if p.Tail = operatorEnd(p.Value); p.Key == "cursor" && !call {
			classifyCursor(p)
		}
	}
}

// classifyCursor tells a cursor from a filter on a column of that name: no operator is
// called like its words.
func classifyCursor(p *Param) {
	word, _, _ := strings.Cut(p.Value, ".")
	if word == "first" || word == "after" || word == "before" {
		p.Kind, p.Tail = KindCursor, len(word)
	}
}

// hasOperator reports whether v reads as operator and value.
func hasOperator(v string) bool {
	s := scanner{in: v}
	_, err := s.filter(-1, false)
	return err == nil
}

// operatorEnd returns where the value begins in "[not.]op.value" for the operators
// whose value the shape leaves open, else len(v).
func operatorEnd(v string) int {
	rest := strings.TrimPrefix(v, "not.")
	dot := strings.IndexByte(rest, '.')
	if dot < 0 {
		return len(v)
	}
	switch rest[:dot] {
	case "eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike", "match", "imatch", "in",
		"cs", "cd", "ov", "sl", "sr", "nxr", "nxl", "adj", "isdistinct":
		return len(v) - len(rest) + dot + 1
	}
	return len(v)
}

// AppendShape appends what ps have in common with every request of their shape.
func AppendShape(dst []byte, ps []Param) []byte {
	for i := range ps {
		dst = append(dst, ps[i].Key...)
		dst = append(dst, 1)
		dst = append(dst, ps[i].Value[:ps[i].Tail]...)
		dst = append(dst, byte(ps[i].Kind)+2)
	}
	return dst
}
