package builtin

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/builtin/pattern"
	"github.com/plinth-dev/plinth/internal/value"
)

// opText returns concatenation and pattern matching of text.
func opText() []*Func {
	out := []*Func{
		{Name: "||", Args: sig(tText, tText), Ret: tText, Eval: textsText(func(a, b string) string { return a + b })},
		{Name: "||", Args: sig(tAny, tText), Ret: tText, Volatility: Stable, Eval: concatAny},
		{Name: "||", Args: sig(tText, tAny), Ret: tText, Volatility: Stable, Eval: concatAny},
		{Name: "||", Args: sig(tBytea, tBytea), Ret: tBytea, Eval: textsText(func(a, b string) string { return a + b })},
		{Name: "^@", Args: sig(tText, tText), Ret: tBool, Eval: textsBool(strings.HasPrefix)},
		likeOp("~~", tBytea, likeBytes, false),
		likeOp("!~~", tBytea, likeBytes, true),
	}
	for _, t := range sig(tText, tName, tBpchar) {
		out = append(out, likeOp("~~", t, pattern.Like, false), likeOp("!~~", t, pattern.Like, true),
			likeOp("~~*", t, pattern.ILike, false), likeOp("!~~*", t, pattern.ILike, true))
	}
	for _, s := range []string{"~~", "~~*"} {
		out = append(out, likeOp(s, tCitext, pattern.ILike, false), likeOp("!"+s, tCitext, pattern.ILike, true))
	}
	return out
}

// concatAny is anynonarray || text: arrays have an operator of their own.
func concatAny(c *Call, a []value.Value) (value.Value, error) {
	return value.Str(castText(c, c.arg(0), a[0]) + castText(c, c.arg(1), a[1])), nil
}

func likeOp(symbol string, t *value.Type, f func(s, p string) (bool, error), not bool) *Func {
	right := tText
	if t == tBytea || t == tCitext {
		right = t
	}
	return &Func{Name: symbol, Args: sig(t, right), Ret: tBool, Raises: true,
		Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			ok, err := f(a[0].S, a[1].S)
			return value.Truth(ok != not), err
		}}
}

// likeBytes matches byte by byte: every byte becomes a character of its own.
func likeBytes(s, p string) (bool, error) { return pattern.Like(latin1(s), latin1(p)) }

func latin1(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

// fnPattern are the functions behind ESCAPE and SIMILAR TO.
func fnPattern() []*Func {
	two := sig(tText, tText)
	return []*Func{
		{Name: "like", Args: two, Ret: tBool, Raises: true, Eval: likeOp("", tText, pattern.Like, false).Eval},
		{Name: "notlike", Args: two, Ret: tBool, Raises: true, Eval: likeOp("", tText, pattern.Like, true).Eval},
		{Name: "like_escape", Args: two, Ret: tText, Raises: true, Eval: textsTextE(pattern.Escape)},
		{Name: "similar_to_escape", Args: sig(tText), Ret: tText, Raises: true,
			Eval: func(_ *Call, a []value.Value) (value.Value, error) { return strOr(pattern.SimilarEscape(a[0].S, `\`)) }},
		{Name: "similar_to_escape", Args: two, Ret: tText, Raises: true, Eval: textsTextE(pattern.SimilarEscape)},
		{Name: "starts_with", Args: two, Ret: tBool, Eval: textsBool(strings.HasPrefix)},
	}
}
