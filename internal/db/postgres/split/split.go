package split

import "strings"

// Piece is one statement of a script.
type Piece struct {
	SQL string
	Pos int // byte offset in the script
}

// Script cuts a script at its semicolons, but not at those in strings, quoted names,
// dollar quotes, comments, parentheses, and bodies that stand between BEGIN ATOMIC and
// END. It knows no more of SQL than that: the server reads the statements.
func Script(text string) []Piece {
	s := &splitter{text: text, start: -1}
	for s.i < len(text) {
		s.step()
	}
	s.cut(len(text))
	return s.out
}

type splitter struct {
	text   string
	i      int
	start  int // of the statement, -1 before its first word
	paren  int
	block  int    // depth of BEGIN ATOMIC … END, with CASE … END inside
	before string // the last word
	out    []Piece
}

// cut ends a statement before byte end.
func (s *splitter) cut(end int) {
	if s.start >= 0 {
		if sql := strings.TrimSpace(s.text[s.start:end]); sql != "" {
			s.out = append(s.out, Piece{SQL: sql, Pos: s.start})
		}
	}
	s.start, s.paren, s.block, s.before = -1, 0, 0, ""
}

func (s *splitter) step() {
	c, rest := s.text[s.i], s.text[s.i:]
	switch {
	case strings.HasPrefix(rest, "--"):
		s.skipTo("\n")
		return
	case strings.HasPrefix(rest, "/*"):
		s.comment()
		return
	case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v':
		s.i++
		return
	case c == ';' && s.paren == 0 && s.block == 0:
		s.cut(s.i)
		s.i++
		return
	}
	if s.start < 0 {
		s.start = s.i
	}
	switch {
	case c == '\'':
		s.quoted('\'', strings.EqualFold(s.before, "e") && s.i > 0 && (s.text[s.i-1] == 'e' || s.text[s.i-1] == 'E'))
	case c == '"':
		s.quoted('"', false)
	case c == '$' && s.dollar():
	case wordByte(c):
		s.word()
		return
	case c == '(' || c == '[':
		s.paren++
		s.i++
	case c == ')' || c == ']':
		s.paren = max(0, s.paren-1)
		s.i++
	default:
		s.i++
	}
	s.before = ""
}

func wordByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

// word reads a word, and looks for the blocks of SQL-standard function bodies.
func (s *splitter) word() {
	from := s.i
	for s.i < len(s.text) && (wordByte(s.text[s.i]) || s.text[s.i] == '$') {
		s.i++
	}
	w := strings.ToLower(s.text[from:s.i])
	switch {
	case w == "atomic" && s.before == "begin":
		s.block = 1
	case w == "case" && s.block > 0:
		s.block++
	case w == "end" && s.block > 0:
		s.block--
	}
	s.before = w
}

func (s *splitter) skipTo(mark string) {
	if n := strings.Index(s.text[s.i:], mark); n >= 0 {
		s.i += n + len(mark)
		return
	}
	s.i = len(s.text)
}

// comment skips a comment; they nest.
func (s *splitter) comment() {
	depth := 0
	for s.i < len(s.text) {
		rest := s.text[s.i:]
		switch {
		case strings.HasPrefix(rest, "/*"):
			depth++
			s.i += 2
		case strings.HasPrefix(rest, "*/"):
			depth--
			s.i += 2
			if depth == 0 {
				return
			}
		default:
			s.i++
		}
	}
}

// quoted skips a string or a quoted name; a doubled quote ends and begins anew.
func (s *splitter) quoted(q byte, escapes bool) {
	for s.i++; s.i < len(s.text); s.i++ {
		switch {
		case escapes && s.text[s.i] == '\\':
			s.i++
		case s.text[s.i] == q:
			s.i++
			return
		}
	}
}

// dollar skips a dollar-quoted string; it is false where none begins here.
func (s *splitter) dollar() bool {
	end := s.i + 1
	for end < len(s.text) && wordByte(s.text[end]) {
		end++
	}
	if end >= len(s.text) || s.text[end] != '$' || end > s.i+1 && s.text[s.i+1] >= '0' && s.text[s.i+1] <= '9' {
		return false
	}
	tag := s.text[s.i : end+1]
	s.i = end + 1
	s.skipTo(tag)
	return true
}
