package tsearch

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Lexeme is one entry of a tsvector.
type Lexeme struct {
	Word string
	Pos  []Position
}

// Position is a position, from 1, with a weight: 'A' to 'D', D being none.
type Position struct {
	At     int
	Weight byte
}

// ParseVector reads the text form of a tsvector, sorted and each word once.
func ParseVector(s string) ([]Lexeme, error) {
	bad := fault.SQL("42601", `syntax error in tsvector: "%s"`, s)
	r := wordReader{src: s}
	var out []Lexeme
	for {
		r.skip()
		if r.done() {
			break
		}
		w, ok := r.word("")
		if !ok || w == "" {
			return nil, bad
		}
		l := Lexeme{Word: w}
		if r.take(':') {
			if l.Pos, ok = r.positions(); !ok {
				return nil, bad
			}
			if len(l.Pos) == 0 {
				return nil, fault.SQL("42601", `wrong position info in tsvector: "%s"`, s)
			}
		}
		out = append(out, l)
	}
	return mergeLexemes(out), nil
}

// FormatVector prints lexemes, which it sorts and merges, as Postgres does.
func FormatVector(lexemes []Lexeme) string {
	var b []byte
	for i, l := range mergeLexemes(slices.Clone(lexemes)) {
		if i > 0 {
			b = append(b, ' ')
		}
		b = appendWord(b, l.Word)
		for k, p := range l.Pos {
			sep := byte(',')
			if k == 0 {
				sep = ':'
			}
			b = strconv.AppendInt(append(b, sep), int64(p.At), 10)
			if p.Weight != 'D' {
				b = append(b, p.Weight)
			}
		}
	}
	return string(b)
}

// CanonicalVector returns the text form of a tsvector as Postgres prints it.
func CanonicalVector(s string) (string, error) {
	l, err := ParseVector(s)
	if err != nil {
		return "", err
	}
	return FormatVector(l), nil
}

func appendWord(dst []byte, w string) []byte {
	dst = append(dst, '\'')
	for i := 0; i < len(w); i++ {
		if w[i] == '\'' || w[i] == '\\' {
			dst = append(dst, w[i])
		}
		dst = append(dst, w[i])
	}
	return append(dst, '\'')
}

func mergeLexemes(l []Lexeme) []Lexeme {
	slices.SortStableFunc(l, func(a, b Lexeme) int { return strings.Compare(a.Word, b.Word) })
	out := l[:0]
	for _, x := range l {
		if n := len(out); n > 0 && out[n-1].Word == x.Word {
			// Clipped positions are the caller's: the first append copies them, those
			// behind it grow the copy.
			out[n-1].Pos = append(out[n-1].Pos, x.Pos...)
			continue
		}
		x.Pos = slices.Clip(x.Pos)
		out = append(out, x)
	}
	for i := range out {
		out[i].Pos = sortPositions(out[i].Pos)
	}
	return out
}

// sortPositions orders positions; of equal ones the heaviest stays.
func sortPositions(p []Position) []Position {
	slices.SortFunc(p, func(a, b Position) int {
		if a.At != b.At {
			return a.At - b.At
		}
		return int(a.Weight) - int(b.Weight)
	})
	p = slices.CompactFunc(p, func(a, b Position) bool { return a.At == b.At })
	return p[:min(len(p), 256)]
}

// wordReader reads the words of tsvector and tsquery text.
type wordReader struct {
	src string
	pos int
}

func (r *wordReader) done() bool { return r.pos >= len(r.src) }

func (r *wordReader) skip() {
	for !r.done() && isSpace(r.src[r.pos]) {
		r.pos++
	}
}

func (r *wordReader) take(c byte) bool {
	if r.done() || r.src[r.pos] != c {
		return false
	}
	r.pos++
	return true
}

// word reads a quoted word, or a bare one that ends at white space, a colon or stop.
func (r *wordReader) word(stop string) (string, bool) {
	var b []byte
	quoted := r.take('\'')
	for !r.done() {
		c := r.src[r.pos]
		switch {
		case c == '\\':
			if r.pos++; r.done() {
				return "", false
			}
			c = r.src[r.pos]
		case quoted && c == '\'':
			r.pos++
			if r.done() || r.src[r.pos] != '\'' {
				return string(b), true
			}
		case !quoted && (isSpace(c) || c == ':' && len(b) > 0 || strings.IndexByte(stop, c) >= 0):
			return string(b), true
		}
		b = append(b, c)
		r.pos++
	}
	return string(b), !quoted
}

// positions reads 1A,2; none of them valid gives an empty list.
func (r *wordReader) positions() ([]Position, bool) {
	var out []Position
	for {
		n := digits(r.src[r.pos:])
		if n == 0 {
			return nil, false
		}
		at, err := strconv.Atoi(r.src[r.pos : r.pos+n])
		if err != nil || at > 16383 {
			at = 16383
		}
		if at == 0 {
			return nil, true
		}
		r.pos += n
		p := Position{At: at, Weight: 'D'}
		if !r.done() && strings.IndexByte("abcdABCD*", r.src[r.pos]) >= 0 {
			p.Weight = strings.ToUpper(r.src[r.pos : r.pos+1])[0]
			if p.Weight == '*' {
				p.Weight = 'A'
			}
			r.pos++
		}
		out = append(out, p)
		if !r.take(',') {
			return out, r.done() || isSpace(r.src[r.pos])
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// digits counts the leading digits of s.
func digits(s string) int {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}
