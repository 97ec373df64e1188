package jsonb

import "strings"

// scanner finds members and elements in canonical text without building a tree: what
// a policy or a filter asks of a claim or a column is one value.
type scanner struct {
	src string
	pos int
}

// skipSpace moves to the next character that is not white space: canonical text has one
// space at known places, but json text may come here too.
func (s *scanner) skipSpace() {
	for s.pos < len(s.src) && (s.src[s.pos] == ' ' || s.src[s.pos] == '\n' || s.src[s.pos] == '\t' || s.src[s.pos] == '\r') {
		s.pos++
	}
}

// take moves over c and the white space around it.
func (s *scanner) take(c byte) bool {
	s.skipSpace()
	if s.pos >= len(s.src) || s.src[s.pos] != c {
		return false
	}
	s.pos++
	s.skipSpace()
	return true
}

// skipString moves behind the string that starts here and returns it with its quotes.
func (s *scanner) skipString() string {
	from := s.pos
	for i := s.pos + 1; i < len(s.src); i++ {
		switch s.src[i] {
		case '\\':
			i++
		case '"':
			s.pos = i + 1
			return s.src[from:s.pos]
		}
	}
	s.pos = len(s.src)
	return s.src[from:]
}

// skipValue moves behind the value that starts here and returns its text.
func (s *scanner) skipValue() string {
	from, depth := s.pos, 0
	for s.pos < len(s.src) {
		switch s.src[s.pos] {
		case '"':
			s.skipString()
			if depth == 0 {
				return s.src[from:s.pos]
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return s.src[from:s.pos]
			}
			depth--
			if depth == 0 {
				s.pos++
				return s.src[from:s.pos]
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return s.src[from:s.pos]
			}
		}
		s.pos++
	}
	return s.src[from:]
}

// sameKey compares a quoted key with a plain one.
func sameKey(quoted, key string) bool {
	inner := quoted[1 : len(quoted)-1]
	if strings.IndexByte(inner, '\\') >= 0 {
		return Read(quoted).S == key
	}
	return inner == key
}

// scanMember finds a member of an object in canonical text.
func scanMember(j, key string) (string, bool) {
	s := scanner{src: j}
	for ok := s.take('{'); ok && s.pos < len(j) && j[s.pos] == '"'; ok = s.take(',') {
		k := s.skipString()
		if !s.take(':') || len(k) < 2 {
			return "", false
		}
		if v := s.skipValue(); sameKey(k, key) {
			return v, true
		}
	}
	return "", false
}

// scanElement finds an element, from 0, of an array in canonical text.
func scanElement(j string, i int) (string, bool) {
	s := scanner{src: j}
	for ok := s.take('['); ok && s.pos < len(j) && j[s.pos] != ']'; ok = s.take(',') {
		v := s.skipValue()
		if i == 0 {
			return v, true
		}
		i--
	}
	return "", false
}
