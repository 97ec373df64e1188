package value

import (
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
)

// appendArray prints {a,"b c",NULL}.
func appendArray(dst []byte, elem *Type, l []Value, zone *time.Location) []byte {
	dst = append(dst, '{')
	for i := range l {
		if i > 0 {
			dst = append(dst, ',')
		}
		if l[i].Tag == Null {
			dst = append(dst, "NULL"...)
			continue
		}
		dst = appendElement(dst, TextOf(elem, l[i], zone))
	}
	return append(dst, '}')
}

func appendElement(dst []byte, s string) []byte {
	if s != "" && !strings.ContainsAny(s, "\"\\{}, \t\n\v\f\r") && !strings.EqualFold(s, "null") {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

// arrayReader reads an array literal.
type arrayReader struct {
	src string
	pos int
}

func (r *arrayReader) fail(detail string) error {
	return fault.SQL("22P02", `malformed array literal: "%s"`, r.src).WithDetail(detail)
}

func (r *arrayReader) skip() {
	for r.pos < len(r.src) && isSpace(r.src[r.pos]) {
		r.pos++
	}
}

// peek returns the next byte, 0 at the end.
func (r *arrayReader) peek() byte {
	if r.pos < len(r.src) {
		return r.src[r.pos]
	}
	return 0
}

func parseArray(t *Type, s string, env Env) (Value, error) {
	r := &arrayReader{src: s}
	items, err := r.items()
	if err != nil {
		return Value{}, err
	}
	l := make([]Value, len(items))
	for i, it := range items {
		if it == nil {
			continue
		}
		if l[i], err = Parse(t.Elem, *it, env); err != nil {
			return Value{}, err
		}
	}
	return List(l), nil
}

// items returns the elements' texts, nil for NULL.
func (r *arrayReader) items() ([]*string, error) {
	r.skip()
	switch r.peek() {
	case '{':
	case '[':
		return nil, fault.SQL("0A000", "array literals with explicit bounds are not supported")
	default:
		return nil, r.fail(`Array value must start with "{" or dimension information.`)
	}
	r.pos++
	var items []*string
	for {
		r.skip()
		if r.peek() == '}' && len(items) == 0 {
			break
		}
		it, err := r.item()
		if err != nil {
			return nil, err
		}
		items = append(items, it)
		r.skip()
		if r.peek() == '}' {
			break
		}
		r.pos++ // item ends only before a comma or a brace
	}
	r.pos++
	r.skip()
	if r.pos < len(r.src) {
		return nil, r.fail("Junk after closing right brace.")
	}
	return items, nil
}

func (r *arrayReader) item() (*string, error) {
	switch c := r.peek(); c {
	case 0:
		return nil, r.fail("Unexpected end of input.")
	case '{':
		return nil, fault.SQL("0A000", "multidimensional arrays are not supported").WithHint("Use jsonb, or a table.")
	case ',', '}':
		return nil, r.fail(`Unexpected "` + string(c) + `" character.`)
	case '"':
		return r.quoted()
	}
	return r.bare()
}

func (r *arrayReader) quoted() (*string, error) {
	var b strings.Builder
	r.pos++
	for {
		c := r.peek()
		switch {
		case r.pos >= len(r.src):
			return nil, r.fail("Unexpected end of input.")
		case c == '"':
			r.pos++
			r.skip()
			return r.ended(b.String())
		case c == '\\':
			if r.pos++; r.pos >= len(r.src) {
				return nil, r.fail("Unexpected end of input.")
			}
			c = r.src[r.pos]
		}
		b.WriteByte(c)
		r.pos++
	}
}

// ended checks what follows a quoted element.
func (r *arrayReader) ended(s string) (*string, error) {
	switch c := r.peek(); c {
	case ',', '}':
		return &s, nil
	case 0:
		return nil, r.fail("Unexpected end of input.")
	case '{':
		return nil, r.fail(`Unexpected "{" character.`)
	}
	return nil, r.fail("Unexpected array element.")
}

func (r *arrayReader) bare() (*string, error) {
	var b strings.Builder
	keep, escaped := 0, false // length without trailing unescaped space
	for {
		if r.pos >= len(r.src) {
			return nil, r.fail("Unexpected end of input.")
		}
		c := r.src[r.pos]
		switch c {
		case ',', '}':
			s := b.String()[:keep]
			if !escaped && strings.EqualFold(s, "null") {
				return nil, nil
			}
			return &s, nil
		case '"':
			return nil, r.fail("Unexpected array element.")
		case '{':
			return nil, r.fail(`Unexpected "{" character.`)
		case '\\':
			if r.pos++; r.pos >= len(r.src) {
				return nil, r.fail("Unexpected end of input.")
			}
			c, escaped = r.src[r.pos], true
			b.WriteByte(c)
			keep = b.Len()
		default:
			b.WriteByte(c)
			if !isSpace(c) {
				keep = b.Len()
			}
		}
		r.pos++
	}
}
