package lex

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/fault"
)

// quoted reads a literal whose opening quote is at l.i; start is where its prefix
// began. Literals with only white space and a line break between them are one.
func (l *lexer) quoted(start int, escapes bool) {
	val, ok := l.quotedPart(start, escapes)
	for ok && l.continued() {
		var more string
		more, ok = l.quotedPart(start, escapes)
		val += more
	}
	if !ok {
		return
	}
	if escapes && (!utf8.ValidString(val) || strings.IndexByte(val, 0) >= 0) {
		bad := checkText(val)
		l.err = bad.At(start + 1)
		return
	}
	l.emit(String, start, val)
}

// quotedPart reads one '…' and leaves the lexer behind it.
func (l *lexer) quotedPart(start int, escapes bool) (string, bool) {
	l.i++
	from, plain := l.i, true
	var b []byte
	for l.i < len(l.src) {
		c := l.src[l.i]
		switch {
		case c == '\'' && l.at(1) != '\'':
			l.i++
			if plain {
				return l.src[from : l.i-1], true
			}
			return string(b), true
		case c == '\'' || c == '\\' && escapes:
			if plain {
				b, plain = append(b, l.src[from:l.i]...), false
			}
			if c == '\'' {
				b = append(b, c)
				l.i += 2
				continue
			}
			if b = l.escape(b); l.err != nil {
				return "", false
			}
		default:
			if !plain {
				b = append(b, c)
			}
			l.i++
		}
	}
	l.fail(start, "unterminated quoted string")
	return "", false
}

// continued reports whether, after a line break, another quote follows, and moves
// onto it.
func (l *lexer) continued() bool {
	j, line := l.i, false
	for j < len(l.src) && isSpace(l.src[j]) {
		line = line || l.src[j] == '\n' || l.src[j] == '\r'
		j++
	}
	if line && j < len(l.src) && l.src[j] == '\'' {
		l.i = j
		return true
	}
	return false
}

// escape decodes the backslash sequence at l.i.
func (l *lexer) escape(b []byte) []byte {
	c := l.at(1)
	l.i += 2
	switch c {
	case 'b':
		return append(b, '\b')
	case 'f':
		return append(b, '\f')
	case 'n':
		return append(b, '\n')
	case 'r':
		return append(b, '\r')
	case 't':
		return append(b, '\t')
	case 'x':
		if n := l.run(2, 16); n > 0 {
			return l.byteEscape(b, n, 16)
		}
	case 'u':
		return l.runeEscape(b, 4)
	case 'U':
		return l.runeEscape(b, 8)
	case 0:
		l.i = len(l.src)
		return b
	}
	if c >= '0' && c <= '7' {
		l.i--
		return l.byteEscape(b, l.run(3, 8), 8)
	}
	if c >= utf8.RuneSelf {
		l.i--
		_, n := utf8.DecodeRuneInString(l.src[l.i:])
		b = append(b, l.src[l.i:l.i+n]...)
		l.i += n
		return b
	}
	return append(b, c)
}

// run counts up to most digits of the base at l.i.
func (l *lexer) run(most, base int) int {
	n := 0
	for n < most {
		if _, err := strconv.ParseUint(string(l.at(n)), base, 8); err != nil {
			break
		}
		n++
	}
	return n
}

func (l *lexer) byteEscape(b []byte, n, base int) []byte {
	v, _ := strconv.ParseUint(l.src[l.i:l.i+n], base, 16)
	l.i += n
	return append(b, byte(v))
}

func (l *lexer) runeEscape(b []byte, n int) []byte {
	start := l.i - 2
	r, ok := l.hexRune(n)
	if ok && utf16.IsSurrogate(r) && l.at(0) == '\\' && (l.at(1) == 'u' || l.at(1) == 'U') {
		m := 4
		if l.at(1) == 'U' {
			m = 8
		}
		l.i += 2
		var low rune
		low, ok = l.hexRune(m)
		r = utf16.DecodeRune(r, low)
		ok = ok && r != utf8.RuneError
	}
	if !ok {
		l.err = fault.SQL("22025", "invalid Unicode escape").
			WithHint("Unicode escapes must be \\uXXXX or \\UXXXXXXXX.").At(start + 1)
		return b
	}
	if r == 0 || !utf8.ValidRune(r) {
		l.err = fault.SQL("42601", "invalid Unicode escape value").At(start + 1)
		return b
	}
	return utf8.AppendRune(b, r)
}

func (l *lexer) hexRune(n int) (rune, bool) {
	if l.i+n > len(l.src) {
		return 0, false
	}
	v, err := strconv.ParseUint(l.src[l.i:l.i+n], 16, 32)
	if err != nil || v > utf8.MaxRune {
		return 0, false
	}
	l.i += n
	return rune(v), true
}

// quotedIdent reads "…" with the quote at l.i.
func (l *lexer) quotedIdent(start int) {
	val, ok := l.identPart(start)
	if ok {
		l.emit(Quoted, start, cut(val))
	}
}

func (l *lexer) identPart(start int) (string, bool) {
	l.i++
	from, doubled := l.i, false
	for l.i < len(l.src) {
		if l.src[l.i] != '"' {
			l.i++
			continue
		}
		if l.at(1) == '"' {
			doubled = true
			l.i += 2
			continue
		}
		val := l.src[from:l.i]
		l.i++
		if val == "" {
			l.fail(start, "zero-length delimited identifier")
			return "", false
		}
		if doubled {
			val = strings.ReplaceAll(val, `""`, `"`)
		}
		return val, true
	}
	l.fail(start, "unterminated quoted identifier")
	return "", false
}

// unicode reads u&'…' or u&"…" with an optional UESCAPE; l.i is at the quote.
func (l *lexer) unicode(start int) {
	ident := l.src[l.i] == '"'
	var raw string
	var ok bool
	if ident {
		raw, ok = l.identPart(start)
	} else {
		raw, ok = l.quotedPart(start, false)
	}
	if !ok {
		return
	}
	end := l.i
	esc, ok := l.uescape()
	if !ok {
		return
	}
	val, ok := decodeUnicode(raw, esc)
	if !ok {
		l.err = fault.SQL("42601", "invalid Unicode escape").
			WithHint("Unicode escapes must be \\XXXX or \\+XXXXXX.").At(start + 1)
		return
	}
	if l.i < end {
		l.i = end
	}
	if ident {
		l.emit(Quoted, start, cut(val))
		return
	}
	l.emit(String, start, val)
}

// uescape reads an optional UESCAPE 'c' and returns the escape character.
func (l *lexer) uescape() (byte, bool) {
	end := l.i
	l.space()
	if l.err != nil || l.i+7 > len(l.src) || !strings.EqualFold(l.src[l.i:l.i+7], "uescape") || isIdentPart(l.at(7)) {
		l.i = end
		return '\\', l.err == nil
	}
	start := l.i
	l.i += 7
	l.space()
	if l.at(0) == '\'' && l.at(2) == '\'' && strings.IndexByte("'\"+ ", l.at(1)) < 0 && l.at(1) < utf8.RuneSelf {
		c := l.at(1)
		l.i += 3
		return c, true
	}
	l.fail(start, "invalid Unicode escape character")
	return 0, false
}

func decodeUnicode(s string, esc byte) (string, bool) {
	var b []byte
	for i := 0; i < len(s); {
		if s[i] != esc {
			b = append(b, s[i])
			i++
			continue
		}
		if i+1 < len(s) && s[i+1] == esc {
			b = append(b, esc)
			i += 2
			continue
		}
		r, n := unicodeAt(s[i+1:])
		if n == 0 {
			return "", false
		}
		i += n + 1
		if utf16.IsSurrogate(r) && i < len(s) && s[i] == esc {
			low, m := unicodeAt(s[i+1:])
			r = utf16.DecodeRune(r, low)
			i += m + 1
		}
		if r == 0 || r == utf8.RuneError || !utf8.ValidRune(r) {
			return "", false
		}
		b = utf8.AppendRune(b, r)
	}
	return string(b), len(b) > 0 || s == ""
}

// unicodeAt reads XXXX or +XXXXXX and returns how many bytes it took.
func unicodeAt(s string) (rune, int) {
	n, skip := 4, 0
	if s != "" && s[0] == '+' {
		n, skip = 6, 1
	}
	if len(s) < n+skip {
		return 0, 0
	}
	v, err := strconv.ParseUint(s[skip:skip+n], 16, 32)
	if err != nil || v > utf8.MaxRune {
		return 0, 0
	}
	return rune(v), n + skip
}

// dollar reads $1 or $tag$…$tag$.
func (l *lexer) dollar() {
	start := l.i
	if isDigit(l.at(1)) {
		l.i++
		for isDigit(l.at(0)) {
			l.i++
		}
		val := l.src[start+1 : l.i]
		if isIdentStart(l.at(0)) {
			l.endNumber(start, "")
			l.err = fault.SQL("42601", "trailing junk after parameter at or near \"%s\"", l.src[start:l.i]).At(start + 1)
			return
		}
		l.emit(Param, start, val)
		return
	}
	j := l.i + 1
	for j < len(l.src) && isIdentPart(l.src[j]) && l.src[j] != '$' {
		j++
	}
	if j >= len(l.src) || l.src[j] != '$' {
		l.i++
		l.fail(start, "syntax error")
		return
	}
	tag := l.src[start : j+1]
	n := strings.Index(l.src[j+1:], tag)
	if n < 0 {
		l.i = len(l.src)
		l.fail(start, "unterminated dollar-quoted string")
		return
	}
	l.i = j + 1 + n + len(tag)
	l.emit(String, start, l.src[j+1:j+1+n])
}

// BodyAt returns the offset of a literal's first content byte.
func BodyAt(src string, t Token) int32 {
	s := src[t.Pos:t.End]
	if strings.HasPrefix(s, "$") {
		return t.Pos + int32(strings.IndexByte(s[1:], '$')) + 2
	}
	return t.Pos + int32(strings.IndexByte(s, '\'')) + 1
}
