package builtin

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// fnString returns the everyday functions of text.
func fnString() []*Func {
	one, two := sig(tText), sig(tText, tText)
	out := []*Func{
		{Name: "octet_length", Args: one, Ret: tInt4, Eval: textInt(func(s string) int { return len(s) })},
		{Name: "octet_length", Args: sig(tBytea), Ret: tInt4, Eval: textInt(func(s string) int { return len(s) })},
		{Name: "bit_length", Args: one, Ret: tInt4, Eval: textInt(func(s string) int { return len(s) * 8 })},
		{Name: "length", Args: sig(tBytea), Ret: tInt4, Eval: textInt(func(s string) int { return len(s) })},
		{Name: "lower", Args: one, Ret: tText, Eval: textText(strings.ToLower)},
		{Name: "upper", Args: one, Ret: tText, Eval: textText(strings.ToUpper)},
		{Name: "initcap", Args: one, Ret: tText, Eval: textText(initcap)},
		{Name: "reverse", Args: one, Ret: tText, Eval: textText(reverse)},
		{Name: "left", Args: sig(tText, tInt4), Ret: tText, Eval: textN(left)},
		{Name: "right", Args: sig(tText, tInt4), Ret: tText, Eval: textN(right)},
		{Name: "strpos", Args: two, Ret: tInt4, Eval: position},
		{Name: "position", Args: two, Ret: tInt4, Eval: position},
		{Name: "position", Args: sig(tBytea, tBytea), Ret: tInt4, Eval: bytePosition},
		{Name: "replace", Args: sig(tText, tText, tText), Ret: tText, Eval: replace},
		{Name: "translate", Args: sig(tText, tText, tText), Ret: tText, Eval: translate},
		{Name: "split_part", Args: sig(tText, tText, tInt4), Ret: tText, Raises: true, Eval: splitPart},
		{Name: "ascii", Args: one, Ret: tInt4, Eval: textInt(func(s string) int {
			r, _ := utf8.DecodeRuneInString(s)
			if s == "" {
				return 0
			}
			return int(r)
		})},
		{Name: "chr", Args: sig(tInt4), Ret: tText, Raises: true, Eval: chr},
		{Name: "overlay", Args: sig(tText, tText, tInt4, tInt4), Optional: 1, Ret: tText, Raises: true, Eval: overlay},
		{Name: "unistr", Args: one, Ret: tText, Raises: true, Eval: unistr},
	}
	for _, n := range []string{"length", "char_length", "character_length"} {
		out = append(out, &Func{Name: n, Args: one, Ret: tInt4, Eval: textInt(utf8.RuneCountInString)},
			&Func{Name: n, Args: sig(tBpchar), Ret: tInt4, Eval: textInt(func(s string) int {
				return utf8.RuneCountInString(strings.TrimRight(s, " "))
			})})
	}
	for _, n := range []string{"substr", "substring"} {
		out = append(out, &Func{Name: n, Args: sig(tText, tInt4), Ret: tText, Eval: substr},
			&Func{Name: n, Args: sig(tText, tInt4, tInt4), Ret: tText, Raises: true, Eval: substr},
			&Func{Name: n, Args: sig(tBytea, tInt4), Ret: tBytea, Eval: subBytes},
			&Func{Name: n, Args: sig(tBytea, tInt4, tInt4), Ret: tBytea, Raises: true, Eval: subBytes})
	}
	return append(out, fnPattern()...)
}

func textN(f func(s string, n int) string) evalFunc {
	return func(_ *Call, a []value.Value) (value.Value, error) { return value.Str(f(a[0].S, int(a[1].I))), nil }
}

// cut returns characters from up to to, counted from 0.
func cut(s string, from, to int) string {
	from, to = max(from, 0), max(to, 0)
	if from >= to || from >= len(s) {
		return ""
	}
	n, start := 0, len(s)
	for i := range s {
		if n == from {
			start = i
		}
		if n == to {
			return s[start:i]
		}
		n++
	}
	return s[start:]
}

func left(s string, n int) string {
	if n < 0 {
		n += utf8.RuneCountInString(s)
	}
	return cut(s, 0, n)
}

func right(s string, n int) string {
	if n < 0 {
		return cut(s, -n, math.MaxInt32)
	}
	return cut(s, utf8.RuneCountInString(s)-n, math.MaxInt32)
}

// span gives the bounds of substring(… from a[1] for a[2]), counted from 0.
func substringSpan(a []value.Value) (from, to int, err error) {
	from, to = int(a[1].I)-1, math.MaxInt32
	if len(a) > 2 {
		if a[2].I < 0 {
			return 0, 0, errNegativeLength()
		}
		to = from + int(a[2].I)
	}
	return from, to, nil
}

func substr(_ *Call, a []value.Value) (value.Value, error) {
	from, to, err := substringSpan(a)
	if err != nil {
		return null, err
	}
	return value.Str(cut(a[0].S, from, to)), nil
}

func subBytes(_ *Call, a []value.Value) (value.Value, error) {
	from, to, err := substringSpan(a)
	if err != nil {
		return null, err
	}
	from, to = max(from, 0), min(to, len(a[0].S))
	if from >= to {
		return value.Str(""), nil
	}
	return value.Str(a[0].S[from:to]), nil
}

func overlay(_ *Call, a []value.Value) (value.Value, error) {
	n := utf8.RuneCountInString(a[1].S)
	if len(a) > 3 {
		n = int(a[3].I)
	}
	from := int(a[2].I)
	if from <= 0 {
		return null, errNegativeLength()
	}
	return value.Str(cut(a[0].S, 0, from-1) + a[1].S + cut(a[0].S, from-1+n, math.MaxInt32)), nil
}

func initcap(s string) string {
	inside := false
	return strings.Map(func(r rune) rune {
		was := inside
		inside = unicode.IsLetter(r) || unicode.IsDigit(r)
		if was {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

func reverse(s string) string {
	b := make([]byte, len(s))
	at := len(s)
	for _, r := range s {
		at -= utf8.RuneLen(r)
		utf8.EncodeRune(b[at:], r)
	}
	return string(b)
}

func position(_ *Call, a []value.Value) (value.Value, error) {
	i := strings.Index(a[0].S, a[1].S)
	if i < 0 {
		return value.Int(0), nil
	}
	return value.Int(int64(utf8.RuneCountInString(a[0].S[:i])) + 1), nil
}

func bytePosition(_ *Call, a []value.Value) (value.Value, error) {
	return value.Int(int64(strings.Index(a[0].S, a[1].S)) + 1), nil
}

func replace(_ *Call, a []value.Value) (value.Value, error) {
	if a[1].S == "" {
		return a[0], nil
	}
	return value.Str(strings.ReplaceAll(a[0].S, a[1].S, a[2].S)), nil
}

func translate(_ *Call, a []value.Value) (value.Value, error) {
	to := []rune(a[2].S)
	m := map[rune]rune{}
	i := 0
	for _, r := range a[1].S {
		if _, ok := m[r]; !ok {
			m[r] = -1
			if i < len(to) {
				m[r] = to[i]
			}
		}
		i++
	}
	return value.Str(strings.Map(func(r rune) rune {
		if t, ok := m[r]; ok {
			return t
		}
		return r
	}, a[0].S)), nil
}

func splitPart(_ *Call, a []value.Value) (value.Value, error) {
	n := int(a[2].I)
	if n == 0 {
		return null, fault.SQL("22023", "field position must not be zero")
	}
	var parts []string
	switch {
	case a[0].S == "":
	case a[1].S == "":
		parts = []string{a[0].S}
	default:
		parts = strings.Split(a[0].S, a[1].S)
	}
	if n < 0 {
		n += len(parts) + 1
	}
	if n < 1 || n > len(parts) {
		return value.Str(""), nil
	}
	return value.Str(parts[n-1]), nil
}

func chr(_ *Call, a []value.Value) (value.Value, error) {
	switch i := a[0].I; {
	case i < 0:
		return null, fault.SQL("22023", "character number must be positive")
	case i == 0:
		return null, fault.SQL("54000", "null character not permitted")
	case i > utf8.MaxRune:
		return null, fault.SQL("54000", "requested character too large for encoding: %d", i)
	case !utf8.ValidRune(rune(i)):
		return null, fault.SQL("54000", "requested character not valid for encoding: %d", i)
	default:
		return value.Str(string(rune(i))), nil
	}
}

func unistr(_ *Call, a []value.Value) (value.Value, error) {
	t := struct {
		src string
		pos int
	}{src: a[0].S}
	var b strings.Builder
	for t.pos < len(t.src) {
		c := t.src[t.pos]
		rest := t.src[t.pos+1:]
		switch {
		case c != '\\':
			b.WriteByte(c)
			t.pos++
		case strings.HasPrefix(rest, `\`):
			b.WriteByte(c)
			t.pos += 2
		default:
			r, n, ok := unistrEscape(rest)
			if !ok {
				return null, fault.SQL("42601", "invalid Unicode escape").
					WithHint(`Unicode escapes must be \XXXX, \+XXXXXX, \uXXXX, or \UXXXXXXXX.`)
			}
			b.WriteRune(r)
			t.pos += 1 + n
		}
	}
	return value.Str(b.String()), nil
}

// unistrEscape reads XXXX, +XXXXXX, uXXXX or UXXXXXXXX.
func unistrEscape(s string) (rune, int, bool) {
	skip, width := 0, 4
	switch {
	case strings.HasPrefix(s, "+"):
		skip, width = 1, 6
	case strings.HasPrefix(s, "u"):
		skip = 1
	case strings.HasPrefix(s, "U"):
		skip, width = 1, 8
	}
	if len(s) < skip+width {
		return 0, 0, false
	}
	r := rune(0)
	for _, c := range []byte(s[skip : skip+width]) {
		i := strings.IndexByte("0123456789abcdef", c|0x20)
		if i < 0 {
			return 0, 0, false
		}
		r = r<<4 | rune(i)
	}
	return r, skip + width, true
}
