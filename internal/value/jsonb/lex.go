package jsonb

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/fault"
)

// token is the kind of a JSON token: its first byte, with these letters for words.
type token byte

const (
	jtEnd    token = 0
	jtString token = '"'
	jtNumber token = '0'
	jtTrue   token = 't'
	jtFalse  token = 'f'
	jtNull   token = 'n'
)

// lexer reads tokens as Postgres' does, so that its errors name the same text.
type lexer struct {
	src        string
	start, end int // of the current token
	tok        token
	text       string // the current string's content, when decode is set
	decode     bool   // jsonb resolves escapes; json only looks at their form
}

func syntax(format string, args ...any) error {
	return fault.SQL("22P02", "invalid input syntax for type json").WithDetail(fmt.Sprintf(format, args...))
}

func (l *lexer) invalid(end int) error {
	return syntax(`Token "%s" is invalid.`, l.src[l.start:end])
}

// expected is the parser's error about the current token.
func (l *lexer) expected(what string) error {
	if l.tok == jtEnd {
		return syntax("The input string ended unexpectedly.")
	}
	return syntax(`Expected %s, but found "%s".`, what, l.src[l.start:l.end])
}

func (l *lexer) next() error {
	i := l.end
	for i < len(l.src) && (l.src[i] == ' ' || l.src[i] == '\t' || l.src[i] == '\n' || l.src[i] == '\r') {
		i++
	}
	l.start, l.end = i, i
	if i == len(l.src) {
		l.tok = jtEnd
		return nil
	}
	switch c := l.src[i]; {
	case c == '{' || c == '}' || c == '[' || c == ']' || c == ',' || c == ':':
		l.tok, l.end = token(c), i+1
		return nil
	case c == '"':
		return l.str()
	case c == '-' || c >= '0' && c <= '9':
		return l.number()
	}
	return l.word()
}

func isWord(c byte) bool {
	return c == '_' || c >= 0x80 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (l *lexer) word() error {
	e := l.start
	for e < len(l.src) && isWord(l.src[e]) {
		e++
	}
	l.end = e
	switch l.src[l.start:e] {
	case "true":
		l.tok = jtTrue
	case "false":
		l.tok = jtFalse
	case "null":
		l.tok = jtNull
	case "":
		return l.invalid(l.start + 1)
	default:
		return l.invalid(e)
	}
	return nil
}

func (l *lexer) number() error {
	s, i, bad := l.src, l.start, false
	digits := func() {
		from := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		bad = bad || i == from
	}
	if s[i] == '-' {
		i++
	}
	if i < len(s) && s[i] == '0' {
		i++
	} else {
		digits()
	}
	if !bad && i < len(s) && s[i] == '.' {
		i++
		digits()
	}
	if !bad && i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		digits()
	}
	for i < len(s) && isWord(s[i]) {
		i, bad = i+1, true
	}
	if bad {
		return l.invalid(i)
	}
	l.tok, l.end = jtNumber, i
	return nil
}

// str reads a string; the current token starts at its quote.
func (l *lexer) str() error {
	i := l.start + 1
	for i < len(l.src) {
		switch c := l.src[i]; {
		case c == '"':
			l.tok, l.end = jtString, i+1
			l.text = l.src[l.start+1 : i]
			return nil
		case c == '\\':
			return l.escaped(i)
		case c < 0x20:
			return syntax("Character with value 0x%02x must be escaped.", c)
		}
		i++
	}
	return l.invalid(i)
}

// escaped reads the rest of a string from its first backslash.
func (l *lexer) escaped(i int) error {
	buf := []byte(l.src[l.start+1 : i])
	high := rune(-1)
	for i < len(l.src) {
		c := l.src[i]
		if c == '\\' {
			var err error
			if buf, i, err = l.escape(buf, i+1, &high); err != nil {
				return err
			}
			continue
		}
		if c < 0x20 {
			return syntax("Character with value 0x%02x must be escaped.", c)
		}
		if high >= 0 {
			return errLowSurrogate()
		}
		if c == '"' {
			l.tok, l.end = jtString, i+1
			l.text = string(buf)
			return nil
		}
		buf = append(buf, c)
		i++
	}
	return l.invalid(i)
}

func errLowSurrogate() error {
	return syntax("Unicode low surrogate must follow a high surrogate.")
}

// escape reads one escape sequence whose letter is at i and returns where it ends.
func (l *lexer) escape(buf []byte, i int, high *rune) ([]byte, int, error) {
	if i == len(l.src) {
		return nil, 0, l.invalid(i)
	}
	c := l.src[i]
	if c == 'u' {
		return l.unicode(buf, i+1, high)
	}
	if *high >= 0 {
		return nil, 0, errLowSurrogate()
	}
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	default:
		_, n := utf8.DecodeRuneInString(l.src[i:])
		return nil, 0, syntax(`Escape sequence "\%s" is invalid.`, l.src[i:i+n])
	}
	return append(buf, c), i + 1, nil
}

// unicode reads the four digits of a \u escape; high holds a pending high surrogate.
func (l *lexer) unicode(buf []byte, i int, high *rune) ([]byte, int, error) {
	for k := range 4 {
		if i+k >= len(l.src) {
			return nil, 0, l.invalid(len(l.src))
		}
		if !isHex(l.src[i+k]) {
			return nil, 0, syntax(`"\u" must be followed by four hexadecimal digits.`)
		}
	}
	n, _ := strconv.ParseUint(l.src[i:i+4], 16, 32)
	r := rune(n)
	i += 4
	if !l.decode {
		return buf, i, nil
	}
	switch {
	case r >= 0xD800 && r <= 0xDBFF:
		if *high >= 0 {
			return nil, 0, syntax("Unicode high surrogate must not follow a high surrogate.")
		}
		*high = r
		return buf, i, nil
	case r >= 0xDC00 && r <= 0xDFFF:
		if *high < 0 {
			return nil, 0, errLowSurrogate()
		}
		r = (*high-0xD800)<<10 + (r - 0xDC00) + 0x10000
		*high = -1
	case *high >= 0:
		return nil, 0, errLowSurrogate()
	case r == 0:
		return nil, 0, fault.SQL("22P05", "unsupported Unicode escape sequence").
			WithDetail(`\u0000 cannot be converted to text.`)
	}
	return utf8.AppendRune(buf, r), i, nil
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
