package pattern

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// areReader translates one expression.
type areReader struct {
	src   string
	pos   int
	flags Flags
	out   strings.Builder
	lazy  bool
}

// director reads what may stand before an expression: ***: ***= and (?flags).
func (t *areReader) director() error {
	if t.flags.Literal {
		return nil
	}
	switch {
	case strings.HasPrefix(t.src, "***="):
		t.pos, t.flags.Literal = 4, true
		return nil
	case strings.HasPrefix(t.src, "***:"):
		t.pos = 4
	case strings.HasPrefix(t.src, "***"):
		return errRegexp("invalid regexp")
	}
	rest := t.src[t.pos:]
	if len(rest) < 3 || rest[:2] != "(?" || rest[2] < 'a' || rest[2] > 'z' {
		return nil
	}
	end := strings.IndexByte(rest, ')')
	if end < 0 {
		return errRegexp("invalid embedded option")
	}
	f, err := ParseFlags(rest[2:end])
	if err != nil || f.Global {
		return errRegexp("invalid embedded option")
	}
	given := rest[2:end]
	f.Fold = f.Fold || t.flags.Fold && !strings.Contains(given, "c")
	f.Lines = f.Lines || t.flags.Lines && !strings.ContainsAny(given, "sp")
	f.DotLine = f.DotLine || t.flags.DotLine && !strings.ContainsAny(given, "sw")
	f.Expanded = f.Expanded || t.flags.Expanded
	t.flags, t.pos = f, t.pos+end+1
	return nil
}

func (t *areReader) translate() error {
	for t.pos < len(t.src) {
		if err := t.atom(); err != nil {
			return err
		}
	}
	return nil
}

func (t *areReader) atom() error {
	c := t.src[t.pos]
	switch c {
	case '\\':
		return t.escape(false)
	case '[':
		return t.bracket()
	case '(':
		return t.paren()
	case '*', '+', '?', '{':
		t.quantifier()
		return nil
	case ' ', '\t', '\n', '\r':
		if t.flags.Expanded {
			t.pos++
			return nil
		}
	case '#':
		if t.flags.Expanded {
			t.comment()
			return nil
		}
	}
	_, n := utf8.DecodeRuneInString(t.src[t.pos:])
	t.out.WriteString(t.src[t.pos : t.pos+n])
	t.pos += n
	return nil
}

func (t *areReader) comment() {
	if end := strings.IndexByte(t.src[t.pos:], '\n'); end >= 0 {
		t.pos += end + 1
		return
	}
	t.pos = len(t.src)
}

func (t *areReader) paren() error {
	rest := t.src[t.pos:]
	if !strings.HasPrefix(rest, "(?") {
		t.out.WriteByte('(')
		t.pos++
		return nil
	}
	switch {
	case strings.HasPrefix(rest, "(?:"):
		t.out.WriteString("(?:")
		t.pos += 3
		return nil
	case strings.HasPrefix(rest, "(?#"):
		end := strings.IndexByte(rest, ')')
		if end < 0 {
			return errRegexp("parentheses () not balanced")
		}
		t.pos += end + 1
		return nil
	case strings.HasPrefix(rest, "(?="), strings.HasPrefix(rest, "(?!"), strings.HasPrefix(rest, "(?<"):
		return errNotRegular("lookahead and lookbehind constraints")
	}
	return errRegexp("quantifier operand invalid")
}

// bound is a quantifier in braces.
var bound = regexp.MustCompile(`^\{[0-9]+(,[0-9]*)?\}`)

func (t *areReader) quantifier() {
	n := 1
	if t.src[t.pos] == '{' {
		n = len(bound.FindString(t.src[t.pos:]))
		if n == 0 { // a brace that bounds nothing is itself
			t.out.WriteString(`\{`)
			t.pos++
			return
		}
	}
	if t.pos+n < len(t.src) && t.src[t.pos+n] == '?' {
		t.lazy = true
		n++
	}
	t.out.WriteString(t.src[t.pos : t.pos+n])
	t.pos += n
}

// classes are the class escapes, as they stand inside brackets.
func classOf(c byte) (set string, not, ok bool) {
	switch c {
	case 'd', 'D':
		return `0-9`, c == 'D', true
	case 's', 'S':
		return `\s\x0b\x{85}\p{Z}`, c == 'S', true
	case 'w', 'W':
		return `\p{L}\p{M}\p{N}_`, c == 'W', true
	}
	return "", false, false
}

// escape translates a backslash and what follows it.
func (t *areReader) escape(inBracket bool) error {
	if t.pos+1 >= len(t.src) {
		return errRegexp(`invalid escape \ sequence`)
	}
	c := t.src[t.pos+1]
	if set, not, ok := classOf(c); ok {
		t.pos += 2
		return t.class(set, not, inBracket)
	}
	if !inBracket {
		if done, err := t.constraint(c); done {
			return err
		}
	}
	if r, n, ok := t.character(c); ok {
		t.out.WriteString(`\x{` + strconv.FormatInt(int64(r), 16) + `}`)
		t.pos += n
		return nil
	}
	if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
		return errRegexp(`invalid escape \ sequence`)
	}
	_, n := utf8.DecodeRuneInString(t.src[t.pos+1:])
	if c < utf8.RuneSelf { // punctuation: Go takes a backslash before any of it
		t.out.WriteByte('\\')
	}
	t.out.WriteString(t.src[t.pos+1 : t.pos+1+n])
	t.pos += 1 + n
	return nil
}

func (t *areReader) class(set string, not, inBracket bool) error {
	switch {
	case inBracket && not:
		return errRegexp(`invalid escape \ sequence`)
	case inBracket:
		t.out.WriteString(set)
	case not:
		t.out.WriteString("[^" + set + "]")
	default:
		t.out.WriteString("[" + set + "]")
	}
	return nil
}

// constraint translates \A \Z \m \M \y \Y; back references have no translation.
func (t *areReader) constraint(c byte) (bool, error) {
	to := ""
	switch c {
	case 'A':
		to = `\A`
	case 'Z':
		to = `\z`
	case 'm', 'M', 'y':
		to = `\b`
	case 'Y':
		to = `\B`
	}
	if c >= '1' && c <= '9' {
		return true, errNotRegular("back references")
	}
	if to == "" {
		return false, nil
	}
	t.out.WriteString(to)
	t.pos += 2
	return true, nil
}

// character reads the escapes that stand for one character.
func (t *areReader) character(c byte) (r rune, n int, ok bool) {
	if i := strings.IndexByte("abefnrtvB0", c); i >= 0 {
		return []rune{7, 8, 27, 12, 10, 13, 9, 11, '\\', 0}[i], 2, true
	}
	width := 0
	switch c {
	case 'u':
		width = 4
	case 'U':
		width = 8
	case 'x':
		width = 2
	case 'c':
		if t.pos+2 < len(t.src) {
			return rune(t.src[t.pos+2] & 31), 3, true
		}
	}
	if width == 0 || t.pos+2+width > len(t.src) {
		return 0, 0, false
	}
	i, err := strconv.ParseUint(t.src[t.pos+2:t.pos+2+width], 16, 32)
	return rune(i), 2 + width, err == nil
}

// named are the character classes of POSIX by their names.
var named = map[string]string{
	"alpha": `\p{L}`, "alnum": `\p{L}\p{N}`, "digit": `0-9`, "lower": `\p{Ll}`, "upper": `\p{Lu}`,
	"space": `\s\x0b\x{85}\p{Z}`, "blank": ` \t`, "punct": `\pP\pS`, "cntrl": `\p{Cc}`,
	"xdigit": `0-9A-Fa-f`, "print": `\x20\p{L}\p{M}\p{N}\p{P}\p{S}`, "graph": `\p{L}\p{M}\p{N}\p{P}\p{S}`,
	"word": `\p{L}\p{M}\p{N}_`, "ascii": `\x00-\x7f`,
}

// bracket translates a bracket expression.
func (t *areReader) bracket() error {
	rest := t.src[t.pos:]
	if strings.HasPrefix(rest, "[[:<:]]") || strings.HasPrefix(rest, "[[:>:]]") {
		t.out.WriteString(`\b`)
		t.pos += 7
		return nil
	}
	t.out.WriteByte('[')
	t.pos++
	if t.peek() == '^' {
		t.out.WriteByte('^')
		if t.flags.DotLine {
			t.out.WriteString(`\n`)
		}
		t.pos++
	}
	if t.peek() == ']' {
		t.out.WriteString(`\]`)
		t.pos++
	}
	for {
		switch t.peek() {
		case 0:
			if t.pos >= len(t.src) {
				return errRegexp("brackets [] not balanced")
			}
		case ']':
			t.out.WriteByte(']')
			t.pos++
			return nil
		}
		if err := t.member(); err != nil {
			return err
		}
	}
}

func (t *areReader) peek() byte {
	if t.pos < len(t.src) {
		return t.src[t.pos]
	}
	return 0
}

// member translates one member of a bracket expression.
func (t *areReader) member() error {
	rest := t.src[t.pos:]
	switch {
	case rest[0] == '\\':
		return t.escape(true)
	case strings.HasPrefix(rest, "[:"):
		name, _, ok := strings.Cut(rest[2:], ":]")
		set, known := named[name]
		if !ok || !known {
			return errRegexp("invalid character class")
		}
		t.out.WriteString(set)
		t.pos += len(name) + 4
		return nil
	case strings.HasPrefix(rest, "[.") || strings.HasPrefix(rest, "[="):
		return errNotRegular("collating elements")
	case rest[0] == '[':
		t.out.WriteString(`\[`)
		t.pos++
		return nil
	}
	_, n := utf8.DecodeRuneInString(rest)
	t.out.WriteString(rest[:n])
	t.pos += n
	return nil
}
