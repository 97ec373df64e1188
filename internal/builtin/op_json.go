package builtin

import (
	"github.com/plinth-dev/plinth/internal/builtin/rawjson"
	"github.com/plinth-dev/plinth/internal/value"
)

// opJSON returns the operators of json and jsonb.
func opJSON() []*Func {
	out := append(jsonGetters(tJSON, rawjson.Field, rawjson.Index, rawjson.Path),
		jsonGetters(tJSONB, value.JGet, value.JIndex, value.JPath)...)
	key, keys, two := sig(tJSONB, tText), sig(tJSONB, tTexts), sig(tJSONB, tJSONB)
	return append(out, []*Func{
		{Name: "@>", Args: two, Ret: tBool, Eval: textsBool(value.JContains)},
		{Name: "<@", Args: two, Ret: tBool, Eval: textsBool(func(a, b string) bool { return value.JContains(b, a) })},
		{Name: "?", Args: key, Ret: tBool, Eval: textsBool(value.JExists)},
		{Name: "?|", Args: keys, Ret: tBool, Eval: jsonKeys(false)},
		{Name: "?&", Args: keys, Ret: tBool, Eval: jsonKeys(true)},
		{Name: "||", Args: two, Ret: tJSONB, Eval: textsText(value.JConcat)},
		{Name: "-", Args: key, Ret: tJSONB, Raises: true, Eval: textsTextE(value.JDelete)},
		{Name: "-", Args: keys, Ret: tJSONB, Raises: true, Eval: jsonDeleteKeys},
		{Name: "-", Args: sig(tJSONB, tInt4), Ret: tJSONB, Raises: true,
			Eval: func(_ *Call, a []value.Value) (value.Value, error) {
				return strOr(value.JDeleteIndex(a[0].S, int(a[1].I)))
			}},
		{Name: "#-", Args: keys, Ret: tJSONB, Raises: true, Eval: jsonDeletePath},
	}...)
}

// jsonGetters returns -> ->> #> #>> of one of the two types.
func jsonGetters(t *value.Type, field func(j, key string) (string, bool),
	index func(j string, i int) (string, bool), path func(j string, p []string) (string, bool)) []*Func {
	get := func(_ *Call, a []value.Value) (string, bool) {
		if a[1].Tag == value.IsInt {
			return index(a[0].S, int(a[1].I))
		}
		return field(a[0].S, a[1].S)
	}
	walk := func(_ *Call, a []value.Value) (string, bool) {
		p, ok := texts(a[1].L)
		if !ok {
			return "", false
		}
		return path(a[0].S, p)
	}
	return []*Func{
		{Name: "->", Args: sig(t, tText), Ret: t, Eval: asJSON(get)},
		{Name: "->", Args: sig(t, tInt4), Ret: t, Eval: asJSON(get)},
		{Name: "->>", Args: sig(t, tText), Ret: tText, Eval: asText(get)},
		{Name: "->>", Args: sig(t, tInt4), Ret: tText, Eval: asText(get)},
		{Name: "#>", Args: sig(t, tTexts), Ret: t, Eval: asJSON(walk)},
		{Name: "#>>", Args: sig(t, tTexts), Ret: tText, Eval: asText(walk)},
	}
}

type jsonGetter = func(c *Call, a []value.Value) (string, bool)

func asJSON(f jsonGetter) evalFunc {
	return func(c *Call, a []value.Value) (value.Value, error) { return strIf(f(c, a)) }
}

func asText(f jsonGetter) evalFunc {
	return func(c *Call, a []value.Value) (value.Value, error) {
		s, ok := f(c, a)
		if !ok {
			return null, nil
		}
		return strIf(rawjson.Text(s))
	}
}

func jsonKeys(all bool) evalFunc {
	return func(_ *Call, a []value.Value) (value.Value, error) {
		for _, k := range a[1].L {
			if k.Tag != value.Null && value.JExists(a[0].S, k.S) != all {
				return value.Truth(!all), nil
			}
		}
		return value.Truth(all), nil
	}
}

func jsonDeleteKeys(_ *Call, a []value.Value) (value.Value, error) {
	s, err := a[0].S, error(nil)
	for _, k := range a[1].L {
		if k.Tag == value.Null {
			continue
		}
		if s, err = value.JDelete(s, k.S); err != nil {
			return null, err
		}
	}
	return value.Str(s), nil
}

func jsonDeletePath(_ *Call, a []value.Value) (value.Value, error) {
	p, _ := texts(a[1].L)
	return strOr(value.JDeletePath(a[0].S, p))
}
