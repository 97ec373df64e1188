package builtin

import (
	"strings"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/value"
)

// maxText is the size that Postgres allows a value.
const maxText = 1<<30 - 1

// maxBuilt bounds what one call may build here: an app's request never needs more, and
// one row must not take the memory of the process.
const maxBuilt = 64 << 20

// fnPad returns padding, trimming, repetition and concatenation.
func fnPad() []*Func {
	out := []*Func{
		{Name: "repeat", Args: sig(tText, tInt4), Ret: tText, Raises: true, Eval: repeat},
		{Name: "concat", Args: sig(tAny), Variadic: true, Ret: tText, NotStrict: true, Volatility: Stable, Eval: concat},
		{Name: "concat_ws", Args: sig(tText, tAny), Variadic: true, Ret: tText, NotStrict: true, Volatility: Stable, Eval: concatWS},
	}
	for _, p := range []struct {
		name string
		left bool
	}{{"lpad", true}, {"rpad", false}} {
		out = append(out, &Func{Name: p.name, Args: sig(tText, tInt4, tText), Optional: 1, Ret: tText, Raises: true, Eval: pad(p.left)})
	}
	for _, t := range []struct {
		name string
		f    func(s, set string) string
	}{{"btrim", strings.Trim}, {"ltrim", strings.TrimLeft}, {"rtrim", strings.TrimRight}} {
		out = append(out,
			&Func{Name: t.name, Args: sig(tText), Ret: tText, Eval: textText(func(s string) string { return t.f(s, " ") })},
			&Func{Name: t.name, Args: sig(tText, tText), Ret: tText, Eval: textsText(t.f)},
			&Func{Name: t.name, Args: sig(tBytea, tBytea), Ret: tBytea, Eval: textsText(func(s, set string) string {
				return byteTrim(s, set, t.name != "rtrim", t.name != "ltrim")
			})})
	}
	return out
}

func byteTrim(s, set string, front, back bool) string {
	for front && s != "" && strings.IndexByte(set, s[0]) >= 0 {
		s = s[1:]
	}
	for back && s != "" && strings.IndexByte(set, s[len(s)-1]) >= 0 {
		s = s[:len(s)-1]
	}
	return s
}

func repeat(_ *Call, a []value.Value) (value.Value, error) {
	n := int(max(a[1].I, 0))
	if n > 0 && len(a[0].S) > maxBuilt/n {
		return null, errTooLong()
	}
	return value.Str(strings.Repeat(a[0].S, n)), nil
}

func pad(front bool) evalFunc {
	return func(_ *Call, a []value.Value) (value.Value, error) {
		s, n, fill := a[0].S, int(max(a[1].I, 0)), " "
		if len(a) > 2 {
			fill = a[2].S
		}
		if n > maxBuilt/4 {
			return null, errTooLong()
		}
		missing := n - utf8.RuneCountInString(s)
		if missing <= 0 || fill == "" {
			return value.Str(cut(s, 0, n)), nil
		}
		per := utf8.RuneCountInString(fill)
		more := strings.Repeat(fill, missing/per) + cut(fill, 0, missing%per)
		if front {
			return value.Str(more + s), nil
		}
		return value.Str(s + more), nil
	}
}

// concat and concat_ws print with the output functions and skip NULLs.
func concat(c *Call, a []value.Value) (value.Value, error) {
	var b []byte
	for i, v := range a {
		b = value.AppendText(b, c.arg(i), v, c.zone())
	}
	return value.Str(string(b)), nil
}

func concatWS(c *Call, a []value.Value) (value.Value, error) {
	if a[0].IsNull() {
		return null, nil
	}
	var parts []string
	for i, v := range a[1:] {
		if !v.IsNull() {
			parts = append(parts, out(c, c.arg(i+1), v))
		}
	}
	return value.Str(strings.Join(parts, a[0].S)), nil
}
