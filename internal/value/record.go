package value

import (
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
)

// appendRecord prints (a,"b c",).
func appendRecord(dst []byte, t *Type, l []Value, zone *time.Location) []byte {
	dst = append(dst, '(')
	for i := range l {
		if i > 0 {
			dst = append(dst, ',')
		}
		if l[i].Tag == Null {
			continue
		}
		_, ft := fieldOf(t, i)
		dst = appendField(dst, TextOf(ft, l[i], zone))
	}
	return append(dst, ')')
}

func appendField(dst []byte, s string) []byte {
	if s != "" && !strings.ContainsAny(s, "\"\\(), \t\n\v\f\r") {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, s[i])
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

// parseRecord is record_in.
func parseRecord(t *Type, s string, env Env) (Value, error) {
	if len(t.Fields) == 0 {
		return Value{}, fault.SQL("0A000", "input of anonymous composite types is not implemented")
	}
	r := &arrayReader{src: s}
	fail := func(detail string) (Value, error) {
		return Value{}, fault.SQL("22P02", `malformed record literal: "%s"`, s).WithDetail(detail)
	}
	if r.skip(); r.peek() != '(' {
		return fail("Missing left parenthesis.")
	}
	r.pos++
	l := make([]Value, len(t.Fields))
	for i, f := range t.Fields {
		if i > 0 {
			if r.peek() != ',' {
				return fail("Too few columns.")
			}
			r.pos++
		}
		text, ok, err := r.field()
		if err != nil {
			return fail("Unexpected end of input.")
		}
		if !ok {
			continue
		}
		if l[i], err = Parse(f.Type, text, env); err != nil {
			return Value{}, err
		}
	}
	if r.peek() != ')' {
		return fail("Too many columns.")
	}
	r.pos++
	if r.skip(); r.pos < len(s) {
		return fail("Junk after right parenthesis.")
	}
	return List(l), nil
}

// field reads up to the next comma or parenthesis; false is a NULL.
func (r *arrayReader) field() (string, bool, error) {
	if c := r.peek(); c == ',' || c == ')' {
		return "", false, nil
	}
	var b strings.Builder
	quoted := false
	for r.pos < len(r.src) {
		c := r.src[r.pos]
		switch {
		case c == '\\':
			if r.pos++; r.pos >= len(r.src) {
				return "", false, errEnd
			}
			b.WriteByte(r.src[r.pos])
		case c == '"' && quoted && strings.HasPrefix(r.src[r.pos+1:], `"`):
			b.WriteByte(c)
			r.pos++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ',' || c == ')'):
			return b.String(), true, nil
		default:
			b.WriteByte(c)
		}
		r.pos++
	}
	return "", false, errEnd
}

// errEnd only tells field's caller that the input ended.
var errEnd = fault.SQL("22P02", "unexpected end of input")
