package lex

import (
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/fault"
)

// MaxScript bounds the bytes of one text.
const MaxScript = 16 << 20

// maxIdent is Postgres' length of a name; longer ones are cut.
const maxIdent = 63

// Kind is the class of a token.
type Kind uint8

const (
	EOF    Kind = iota
	Word        // unquoted word, folded to lower case
	Quoted      // "word"
	String      // any quoted literal, decoded
	Bits        // b'01' or x'1f', val is "b01" or "x1f"
	Number      // number, plain decimal text
	Param       // $1, val is "1"
	Symbol      // operator or punctuation
)

// Token is one token: Val is the folded name, the decoded content or the operator;
// Pos and End are byte offsets.
type Token struct {
	Kind     Kind
	Class    Class
	Pos, End int32
	Val      string
}

// IsWord reports whether the token is this keyword or unquoted name.
func (t *Token) IsWord(w string) bool { return t.Kind == Word && t.Val == w }

// IsOp reports whether the token is this operator or punctuation.
func (t *Token) IsOp(op string) bool { return t.Kind == Symbol && t.Val == op }

// IsColID reports whether the token may name a column or table.
func (t *Token) IsColID() bool {
	return t.Kind == Quoted || t.Kind == Word && t.Class.Kind() <= Column
}

// lexer turns text into tokens. After the first fault it stops; the parser meets
// the fault when it meets the end, so an earlier syntax error wins.
type lexer struct {
	src  string
	i    int
	toks []Token
	err  *fault.Error
}

// Lex returns the tokens of src, always closed by EOF. With a lexical fault the
// tokens before it come too, unless the text as a whole is refused.
func Lex(src string) ([]Token, *fault.Error) {
	if len(src) > MaxScript {
		return nil, fault.SQL("54000", "statement is too large").
			WithDetail("A script may have at most 16 MB.")
	}
	l := &lexer{src: src, toks: make([]Token, 0, len(src)/5+8)}
	if err := checkText(src); err != nil {
		return nil, err
	}
	for l.err == nil && l.next() {
	}
	l.emit(EOF, len(src), "")
	return l.toks, l.err
}

// checkText refuses NUL and what is not UTF-8, as the server does on arrival.
func checkText(src string) *fault.Error {
	for i := 0; i < len(src); {
		c := src[i]
		if c != 0 && c < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(src[i:])
		if c == 0 || r == utf8.RuneError && n == 1 {
			return badUTF8(src, i)
		}
		i += n
	}
	return nil
}

// badUTF8 names the bytes that the lead byte announces, as Postgres does.
func badUTF8(src string, i int) *fault.Error {
	n := 1
	switch c := src[i]; {
	case c&0xe0 == 0xc0:
		n = 2
	case c&0xf0 == 0xe0:
		n = 3
	case c&0xf8 == 0xf0:
		n = 4
	}
	const hex = "0123456789abcdef"
	var b strings.Builder
	for j := i; j < i+n && j < len(src); j++ {
		if j > i {
			b.WriteByte(' ')
		}
		b.WriteString("0x")
		b.WriteByte(hex[src[j]>>4])
		b.WriteByte(hex[src[j]&15])
	}
	return fault.SQL("22021", "invalid byte sequence for encoding \"UTF8\": %s", b.String()).At(i + 1)
}

func (l *lexer) emit(k Kind, start int, val string) {
	l.toks = append(l.toks, Token{Kind: k, Pos: int32(start), End: int32(l.i), Val: val})
}

// fail records a lexical fault that spans from start to the lexer's place.
func (l *lexer) fail(start int, message string) {
	l.err = fault.SQL("42601", "%s at or near \"%s\"", message, l.src[start:l.i]).At(start + 1)
}

// next reads one token, or reports the end.
func (l *lexer) next() bool {
	l.space()
	if l.err != nil || l.i >= len(l.src) {
		return false
	}
	start := l.i
	c := l.src[start]
	switch {
	case isIdentStart(c):
		l.word()
	case isDigit(c), c == '.' && isDigit(l.at(1)):
		l.number()
	case c == '\'':
		l.quoted(start, false)
	case c == '"':
		l.quotedIdent(start)
	case c == '$':
		l.dollar()
	case strings.IndexByte("()[],;", c) >= 0:
		l.i++
		l.emit(Symbol, start, l.src[start:l.i])
	case c == ':' || c == '.':
		l.colonOrDot()
	case IsOpChar(c):
		l.operator()
	default:
		_, n := utf8.DecodeRuneInString(l.src[start:])
		l.i += n
		l.fail(start, "syntax error")
		l.err = l.err.WithHint(strayHint(c))
	}
	return l.err == nil
}

func strayHint(c byte) string {
	if c == '\\' {
		return "psql's backslash commands are not SQL; remove the line."
	}
	return ""
}

// at returns the byte n places ahead, or 0.
func (l *lexer) at(n int) byte {
	if l.i+n < len(l.src) {
		return l.src[l.i+n]
	}
	return 0
}

// space skips white space and comments.
func (l *lexer) space() {
	for l.i < len(l.src) {
		switch c := l.src[l.i]; {
		case isSpace(c):
			l.i++
		case c == '-' && l.at(1) == '-':
			l.lineComment()
		case c == '/' && l.at(1) == '*':
			l.blockComment()
			if l.err != nil {
				return
			}
		default:
			return
		}
	}
}

func (l *lexer) lineComment() {
	for l.i < len(l.src) && l.src[l.i] != '\n' && l.src[l.i] != '\r' {
		l.i++
	}
}

func (l *lexer) blockComment() {
	start, depth := l.i, 0
	for l.i < len(l.src) {
		switch {
		case l.src[l.i] == '/' && l.at(1) == '*':
			depth++
			l.i += 2
		case l.src[l.i] == '*' && l.at(1) == '/':
			depth--
			l.i += 2
		default:
			l.i++
		}
		if depth == 0 {
			return
		}
	}
	l.fail(start, "unterminated /* comment")
}

// word reads an unquoted name or Keyword, or the prefix of a special literal.
func (l *lexer) word() {
	start := l.i
	if l.prefixed(start) {
		return
	}
	upper := false
	for l.i < len(l.src) && isIdentPart(l.src[l.i]) {
		c := l.src[l.i]
		upper = upper || c >= 'A' && c <= 'Z'
		l.i++
	}
	w := l.src[start:l.i]
	if upper {
		w = fold(w)
	}
	l.emit(Word, start, cut(w))
	l.toks[len(l.toks)-1].Class = Keyword(w)
}

// prefixed reads e'…', b'…', x'…', n'…', u&'…' and u&"…".
func (l *lexer) prefixed(start int) bool {
	c := l.src[start] | 0x20
	if l.at(1) == '\'' {
		switch c {
		case 'e':
			l.i++
			l.quoted(start, true)
			return true
		case 'n':
			l.i++
			l.quoted(start, false)
			return true
		case 'b', 'x':
			l.i++
			l.quoted(start, false)
			l.bits(c)
			return true
		}
	}
	if c == 'u' && l.at(1) == '&' && (l.at(2) == '\'' || l.at(2) == '"') {
		l.i += 2
		l.unicode(start)
		return true
	}
	return false
}

func (l *lexer) bits(c byte) {
	if l.err == nil {
		t := &l.toks[len(l.toks)-1]
		t.Kind, t.Val = Bits, string(c)+t.Val
	}
}

// fold lower-cases as Postgres does in a UTF-8 database: ASCII only.
func fold(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// cut shortens a name to Postgres' limit at a character's edge.
func cut(s string) string {
	if len(s) <= maxIdent {
		return s
	}
	n := maxIdent
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func (l *lexer) colonOrDot() {
	start := l.i
	two := ""
	if l.i+2 <= len(l.src) {
		two = l.src[l.i : l.i+2]
	}
	l.i++
	if two == "::" || two == ":=" || two == ".." {
		l.i++
	}
	l.emit(Symbol, start, l.src[start:l.i])
}

// operator reads the longest run of operator characters and cuts it by Postgres'
// rules: before a comment, and before trailing + or - unless the operator holds a
// character that no SQL-standard operator has.
func (l *lexer) operator() {
	start := l.i
	for l.i < len(l.src) && IsOpChar(l.src[l.i]) {
		if two := l.src[l.i:min(l.i+2, len(l.src))]; l.i > start && (two == "--" || two == "/*") {
			break
		}
		l.i++
	}
	op := l.src[start:l.i]
	if n := len(op); n > 1 && (op[n-1] == '+' || op[n-1] == '-') && !strings.ContainsAny(op, "~!@#^&|`?%") {
		for n > 1 && (op[n-1] == '+' || op[n-1] == '-') {
			n--
		}
		op = op[:n]
		l.i = start + n
	}
	if op == "!=" {
		op = "<>"
	}
	l.emit(Symbol, start, op)
}

// number reads a numeric literal and emits it as plain decimal text.
func (l *lexer) number() {
	start := l.i
	if l.src[l.i] == '0' && l.radix(start) {
		return
	}
	l.digits()
	if l.at(0) == '.' && l.at(1) != '.' {
		l.i++
		l.digits()
	}
	if c := l.at(0) | 0x20; c == 'e' {
		n := 1
		if l.at(1) == '+' || l.at(1) == '-' {
			n = 2
		}
		if isDigit(l.at(n)) {
			l.i += n
			l.digits()
		}
	}
	l.endNumber(start, strings.ReplaceAll(l.src[start:l.i], "_", ""))
}

// digits skips digits with single underscores between them.
func (l *lexer) digits() {
	for isDigit(l.at(0)) || l.at(0) == '_' && isDigit(l.at(1)) && l.i > 0 && isDigit(l.src[l.i-1]) {
		l.i++
	}
}

// radix reads 0x1f, 0o17 and 0b11.
func (l *lexer) radix(start int) bool {
	base := 0
	switch l.at(1) | 0x20 {
	case 'x':
		base = 16
	case 'o':
		base = 8
	case 'b':
		base = 2
	}
	if base == 0 {
		return false
	}
	l.i += 2
	for isIdentPart(l.at(0)) {
		l.i++
	}
	text := strings.ReplaceAll(l.src[start+2:l.i], "_", "")
	n, ok := new(big.Int), len(text) < 1000
	if ok {
		_, ok = n.SetString(text, base)
	}
	if !ok {
		l.fail(start, "trailing junk after numeric literal")
		return true
	}
	l.emit(Number, start, n.String())
	return true
}

func (l *lexer) endNumber(start int, text string) {
	if isIdentStart(l.at(0)) {
		for isIdentPart(l.at(0)) {
			l.i++
		}
		l.fail(start, "trailing junk after numeric literal")
		return
	}
	l.emit(Number, start, text)
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isIdentStart(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c >= 0x80
}
func isIdentPart(c byte) bool { return isIdentStart(c) || isDigit(c) || c == '$' }

func IsOpChar(c byte) bool {
	switch c {
	case '~', '!', '@', '#', '^', '&', '|', '`', '?', '+', '-', '*', '/', '%', '<', '>', '=':
		return true
	}
	return false
}
