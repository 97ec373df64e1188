package query

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/fault"
)

// scanner walks over one value of the query string.
type scanner struct {
	in  string
	pos int
	// depth of the nesting under way
	depth int
	// nodes counts what was built, for the bounds
	nodes int
}

// bad is a syntax error at an offset.
type bad struct {
	pos    int
	expect string
	deep   bool
	limit  *fault.Error // set where a bound was passed, not the syntax broken
}

func (s *scanner) fail(expect string) *bad { return &bad{pos: s.pos, expect: expect} }

func (s *scanner) eof() bool { return s.pos >= len(s.in) }

// peek returns the next byte, 0 at the end (NUL never gets here).
func (s *scanner) peek() byte {
	if s.eof() {
		return 0
	}
	return s.in[s.pos]
}

func (s *scanner) rest() string { return s.in[s.pos:] }

func (s *scanner) has(p string) bool { return strings.HasPrefix(s.rest(), p) }

// take consumes p where it is next.
func (s *scanner) take(p string) bool {
	if !s.has(p) {
		return false
	}
	s.pos += len(p)
	return true
}

func (s *scanner) spaces() {
	for s.peek() == ' ' || s.peek() == '\t' || s.peek() == '\n' || s.peek() == '\r' {
		s.pos++
	}
}

// symbol consumes p and the space after it.
func (s *scanner) symbol(p string) bool {
	if !s.take(p) {
		return false
	}
	s.spaces()
	return true
}

// name reads a quoted name or an identifier; spaces inside an identifier belong to
// it, those around do not.
func (s *scanner) name() (string, *bad) {
	if s.peek() == '"' {
		return s.quoted()
	}
	start := s.pos
	for !s.eof() {
		r, n := utf8.DecodeRuneInString(s.rest())
		dash := r == '-' && s.pos > start && !s.has("->") && s.dashed()
		if !dash && !identRune(r) {
			break
		}
		s.pos += n
	}
	name := strings.TrimSpace(s.in[start:s.pos])
	if name == "" {
		s.pos = start
		return "", s.fail("field name (* or [a..z0..9_$])")
	}
	return name, nil
}

// dashed reports whether the dash here is followed by more of an identifier.
func (s *scanner) dashed() bool {
	r, _ := utf8.DecodeRuneInString(s.in[s.pos+1:])
	return identRune(r) || r == '-'
}

func identRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == ' ' || r == '$'
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// quoted reads "…" with \ as the escape.
func (s *scanner) quoted() (string, *bad) {
	if s.peek() != '"' {
		return "", s.fail("\"")
	}
	end := strings.IndexByte(s.in[s.pos+1:], '"')
	if end >= 0 && strings.IndexByte(s.in[s.pos+1:s.pos+1+end], '\\') < 0 {
		text := s.in[s.pos+1 : s.pos+1+end]
		s.pos += end + 2
		return text, nil
	}
	var b strings.Builder
	for i := s.pos + 1; i < len(s.in); i++ {
		switch c := s.in[i]; c {
		case '"':
			s.pos = i + 1
			return b.String(), nil
		case '\\':
			if i++; i < len(s.in) {
				b.WriteByte(s.in[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	s.pos = len(s.in)
	return "", s.fail("\"")
}

// field reads a name with a json path.
func (s *scanner) field() (Field, *bad) {
	name, err := s.name()
	if err != nil {
		return Field{}, err
	}
	f := Field{Name: name}
	for s.has("->") {
		step, err := s.step()
		if err != nil {
			return Field{}, err
		}
		if f.Path = append(f.Path, step); len(f.Path) > MaxSteps {
			return Field{}, &bad{pos: s.pos, limit: errSteps}
		}
	}
	return f, nil
}

// step reads -> or ->> with its key or index.
func (s *scanner) step() (Step, *bad) {
	st := Step{}
	s.pos += 2
	if s.take(">") {
		st.Text = true
	}
	if s.peek() == '"' {
		key, err := s.quoted()
		st.Key = key
		return st, err
	}
	start := s.pos
	for !s.eof() {
		c := s.peek()
		if strings.IndexByte("(:.,>)", c) >= 0 || c == '-' && s.has("->") {
			break
		}
		s.pos++
	}
	st.Key = strings.TrimSpace(s.in[start:s.pos])
	if st.Key == "" {
		return st, s.fail("\"-\", digit or any non reserved character different from: .,>()")
	}
	st.Index = isIndex(st.Key)
	if st.Key[0] == '-' && !st.Index { // a key that begins so is quoted
		s.pos = start + 1 + digits(s.in[start+1:])
		return st, s.fail("digit")
	}
	return st, nil
}

// isIndex reports whether key is an array index.
func isIndex(key string) bool {
	num := strings.TrimPrefix(key, "-")
	return num != "" && len(num) <= 9 && digits(num) == len(num)
}

// digits counts those that text begins with.
func digits(text string) int {
	return len(text) - len(strings.TrimLeft(text, "0123456789"))
}
