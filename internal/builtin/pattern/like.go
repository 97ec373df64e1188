package pattern

import (
	"strings"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/fault"
)

// likeResult is what one attempt to match says; abort: no later start can match either.
type likeResult uint8

const (
	likeNo likeResult = iota
	likeYes
	likeAbort
)

func errLikeEscape() error {
	return fault.SQL("22025", "LIKE pattern must not end with escape character")
}

// Like matches s against a LIKE pattern whose escape character is the backslash. As in
// Postgres a trailing escape is an error only where matching reaches it.
func Like(s, pattern string) (bool, error) {
	r, err := matchLike(s, pattern)
	return r == likeYes, err
}

// ILike folds case first, as Postgres does for multibyte encodings.
func ILike(s, pattern string) (bool, error) {
	return Like(strings.ToLower(s), strings.ToLower(pattern))
}

func matchLike(s, p string) (likeResult, error) {
	if p == "%" {
		return likeYes, nil
	}
	for s != "" && p != "" {
		switch p[0] {
		case '%':
			return likePercent(s, p)
		case '_':
			_, n := utf8.DecodeRuneInString(s)
			s, p = s[n:], p[1:]
			continue
		case '\\':
			if p = p[1:]; p == "" {
				return likeNo, errLikeEscape()
			}
		}
		if s[0] != p[0] {
			return likeNo, nil
		}
		s, p = s[1:], p[1:]
	}
	if s != "" {
		return likeNo, nil
	}
	if strings.Trim(p, "%") == "" {
		return likeYes, nil
	}
	return likeAbort, nil
}

// likePercent matches a pattern that starts with %.
func likePercent(s, p string) (likeResult, error) {
	for p != "" && (p[0] == '%' || p[0] == '_') {
		if p[0] == '_' {
			if s == "" {
				return likeAbort, nil
			}
			_, n := utf8.DecodeRuneInString(s)
			s = s[n:]
		}
		p = p[1:]
	}
	if p == "" {
		return likeYes, nil
	}
	firstByte := p[0]
	if firstByte == '\\' {
		if len(p) < 2 {
			return likeNo, errLikeEscape()
		}
		firstByte = p[1]
	}
	for ; s != ""; s = s[1:] {
		if s[0] != firstByte {
			continue
		}
		if r, err := matchLike(s, p); r != likeNo || err != nil {
			return r, err
		}
	}
	return likeAbort, nil
}

// Escape rewrites a pattern with another escape character to the backslash's.
func Escape(pattern, esc string) (string, error) {
	if utf8.RuneCountInString(esc) > 1 {
		return "", fault.SQL("22025", "invalid escape string").
			WithHint("Escape string must be empty or one character.")
	}
	if esc == `\` {
		return pattern, nil
	}
	var b strings.Builder
	afterEscape := false
	for _, r := range pattern {
		switch {
		case string(r) == esc && !afterEscape:
			b.WriteByte('\\')
			afterEscape = true
			continue
		case r == '\\' && !afterEscape:
			b.WriteByte('\\')
		}
		b.WriteRune(r)
		afterEscape = false
	}
	return b.String(), nil
}

// SimilarEscape turns a SIMILAR TO pattern into a regular expression.
//
// budget: one state machine, clearer in one piece
func SimilarEscape(pattern, esc string) (string, error) {
	if utf8.RuneCountInString(esc) > 1 {
		return "", fault.SQL("22025", "invalid escape string").
			WithHint("Escape string must be empty or one character.")
	}
	var b strings.Builder
	b.WriteString("^(?:")
	quotes, afterEscape, inClass := 0, false, false
	for _, r := range pattern {
		switch {
		case afterEscape && r == '"' && !inClass:
			if quotes == 0 {
				b.WriteString("){1,1}?(")
			} else if quotes == 1 {
				b.WriteString("){1,1}(?:")
			} else {
				return "", fault.SQL("2200C", `SQL regular expression may not contain more than two escape-double-quote separators`)
			}
			quotes++
			afterEscape = false
		case afterEscape:
			b.WriteByte('\\')
			b.WriteRune(r)
			afterEscape = false
		case esc != "" && string(r) == esc:
			afterEscape = true
		case inClass:
			if r == '\\' {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
			inClass = r != ']'
		case r == '[':
			b.WriteRune(r)
			inClass = true
		case r == '%':
			b.WriteString(".*")
		case r == '_':
			b.WriteByte('.')
		case r == '(':
			b.WriteString("(?:")
		case r == '\\' || r == '.' || r == '^' || r == '$':
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteString(")$")
	return b.String(), nil
}
