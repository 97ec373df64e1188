package builtin

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

func fnFormat() []*Func {
	return []*Func{
		{Name: "format", Args: sig(tText), Ret: tText, NotStrict: true, Raises: true, Eval: format},
		{Name: "format", Args: sig(tText, tAny), Variadic: true, Ret: tText, NotStrict: true, Volatility: Stable,
			Raises: true, Eval: format},
	}
}

func format(c *Call, a []value.Value) (value.Value, error) {
	if a[0].IsNull() {
		return null, nil
	}
	f := formatter{c: c, src: a[0].S, args: a}
	for f.pos < len(f.src) {
		if f.src[f.pos] != '%' {
			f.out.WriteByte(f.src[f.pos])
			f.pos++
			continue
		}
		f.pos++
		if err := f.specifier(); err != nil {
			return null, err
		}
	}
	return value.Str(f.out.String()), nil
}

// formatter runs one call of format(); next counts the arguments used, a[0] being the
// format itself.
type formatter struct {
	c    *Call
	src  string
	pos  int
	args []value.Value
	next int
	out  strings.Builder
}

func errFormatEnd() error {
	return fault.SQL("22023", "unterminated format() type specifier").
		WithHint(`For a single "%%" use "%%%%".`)
}

func errFormatArgs() error { return fault.SQL("22023", "too few arguments for format()") }

func (f *formatter) number() (int, bool) {
	from := f.pos
	for f.pos < len(f.src) && f.src[f.pos] >= '0' && f.src[f.pos] <= '9' {
		f.pos++
	}
	n, err := strconv.Atoi(f.src[from:f.pos])
	return n, err == nil
}

func (f *formatter) peek() byte {
	if f.pos < len(f.src) {
		return f.src[f.pos]
	}
	return 0
}

// specifier reads [position][flags][width]type.
func (f *formatter) specifier() error {
	if f.peek() == '%' {
		f.out.WriteByte('%')
		f.pos++
		return nil
	}
	pos, width, left := 0, 0, false
	n, ok := f.number()
	if ok && f.peek() == '$' {
		f.pos++
		if n == 0 {
			return fault.SQL("22023", "format specifies argument 0, but arguments are numbered from 1")
		}
		pos, ok = n, false
	}
	if ok {
		width = n
	} else {
		for ; f.peek() == '-'; f.pos++ {
			left = true
		}
		var err error
		if width, err = f.width(); err != nil {
			return err
		}
	}
	if f.pos >= len(f.src) {
		return errFormatEnd()
	}
	kind, size := utf8.DecodeRuneInString(f.src[f.pos:])
	f.pos += size
	if pos > 0 {
		f.next = pos
	} else {
		f.next++
	}
	if !strings.ContainsRune("sIL", kind) {
		return fault.SQL("22023", `unrecognized format() type specifier "%c"`, kind).
			WithHint(`For a single "%" use "%%".`)
	}
	if f.next >= len(f.args) {
		return errFormatArgs()
	}
	return f.put(kind, f.next, fieldWidth{width, left})
}

type fieldWidth struct {
	n    int
	left bool
}

// width reads a number, * or *n$.
func (f *formatter) width() (int, error) {
	if f.peek() != '*' {
		n, _ := f.number()
		return n, nil
	}
	f.pos++
	if n, ok := f.number(); ok {
		if f.peek() != '$' {
			return 0, fault.SQL("22023", `width argument position must be ended by "$"`)
		}
		f.pos++
		f.next = n
	} else {
		f.next++
	}
	if f.next >= len(f.args) {
		return 0, errFormatArgs()
	}
	return int(f.args[f.next].I), nil
}

func (f *formatter) put(kind rune, i int, w fieldWidth) error {
	v, s := f.args[i], ""
	switch {
	case v.IsNull() && kind == 'I':
		return fault.SQL("22004", "null values cannot be formatted as an SQL identifier")
	case v.IsNull() && kind == 'L':
		s = "NULL"
	case !v.IsNull():
		s = out(f.c, f.c.arg(i), v)
		if kind == 'I' {
			s = quoteIdent(s)
		} else if kind == 'L' {
			s = quoteLiteral(s)
		}
	}
	if w.n < 0 {
		w = fieldWidth{-w.n, true}
	}
	missing := w.n - utf8.RuneCountInString(s)
	if w.n > maxBuilt {
		return errTooLong()
	}
	fill := strings.Repeat(" ", max(missing, 0))
	if w.left {
		f.out.WriteString(s + fill)
		return nil
	}
	f.out.WriteString(fill + s)
	return nil
}
