package builtin

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/builtin/rawjson"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// fnJSON returns what makes and reads json and jsonb.
func fnJSON() []*Func {
	out := []*Func{
		{Name: "to_json", Args: sig(tElem), Ret: tJSON, Volatility: Stable, Eval: toJSON},
		{Name: "to_jsonb", Args: sig(tElem), Ret: tJSONB, Volatility: Stable, Eval: toJSONB},
		{Name: "array_to_json", Args: sig(tArray), Ret: tJSON, Volatility: Stable, Eval: toJSON},
		{Name: "array_to_json", Args: sig(tArray, tBool), Ret: tJSON, Volatility: Stable, Eval: toJSONLines},
		{Name: "row_to_json", Args: sig(tRecord), Ret: tJSON, Volatility: Stable, Eval: toJSON},
		{Name: "row_to_json", Args: sig(tRecord, tBool), Ret: tJSON, Volatility: Stable, Eval: toJSONLines},
		{Name: "json_strip_nulls", Args: sig(tJSON), Ret: tJSON, Eval: textText(rawjson.Strip)},
		{Name: "jsonb_strip_nulls", Args: sig(tJSONB), Ret: tJSONB, Eval: textText(value.JStrip)},
		{Name: "jsonb_pretty", Args: sig(tJSONB), Ret: tText, Eval: textText(rawjson.Pretty)},
		{Name: "json_object", Args: sig(tTexts), Ret: tJSON, Raises: true, Eval: objectOfPairs},
		{Name: "json_object", Args: sig(tTexts, tTexts), Ret: tJSON, Raises: true, Eval: objectOfLists},
		{Name: "jsonb_object", Args: sig(tTexts), Ret: tJSONB, Raises: true, Eval: canonical(objectOfPairs)},
		{Name: "jsonb_object", Args: sig(tTexts, tTexts), Ret: tJSONB, Raises: true, Eval: canonical(objectOfLists)},
	}
	for _, t := range []struct {
		prefix string
		t      *value.Type
		wrap   func(evalFunc) evalFunc
	}{{"json", tJSON, func(f evalFunc) evalFunc { return f }}, {"jsonb", tJSONB, canonical}} {
		out = append(out, jsonFamily(t.prefix, t.t, t.wrap)...)
	}
	return out
}

// jsonFamily are the functions that json and jsonb have alike.
func jsonFamily(prefix string, t *value.Type, wrap func(evalFunc) evalFunc) []*Func {
	build := func(n string, f evalFunc) []*Func {
		return []*Func{
			{Name: prefix + n, Args: sig(tAny), Variadic: true, Ret: t, NotStrict: true, Volatility: Stable, Raises: true, Eval: wrap(f)},
			{Name: prefix + n, Ret: t, Volatility: Stable, Eval: wrap(f)},
		}
	}
	out := append(build("_build_object", buildObject), build("_build_array", buildArray)...)
	return append(out, []*Func{
		{Name: prefix + "_typeof", Args: sig(t), Ret: tText, Eval: textText(value.JTypeOf)},
		{Name: prefix + "_array_length", Args: sig(t), Ret: tInt4, Raises: true, Eval: jsonLength},
		{Name: prefix + "_extract_path", Args: sig(t, tText), Variadic: true, Ret: t, Eval: asJSON(extractPath(t))},
		{Name: prefix + "_extract_path_text", Args: sig(t, tText), Variadic: true, Ret: tText, Eval: asText(extractPath(t))},
	}...)
}

// canonical makes jsonb of what f builds.
func canonical(f evalFunc) evalFunc {
	return func(c *Call, a []value.Value) (value.Value, error) {
		v, err := f(c, a)
		if err != nil || v.IsNull() {
			return v, err
		}
		return value.Parse(tJSONB, v.S, value.Env{})
	}
}

// appendJSON is value.AppendJSON for an argument of any type.
func appendJSON(b []byte, c *Call, t *value.Type, v value.Value) []byte {
	if t.Kind == value.Unknown && v.Tag == value.IsStr {
		t = tText
	}
	return value.AppendJSON(b, t, v, c.zone())
}

func toJSON(c *Call, a []value.Value) (value.Value, error) {
	return value.Str(string(appendJSON(nil, c, c.arg(0), a[0]))), nil
}

func toJSONB(c *Call, a []value.Value) (value.Value, error) {
	if c.arg(0).Base().Kind == value.JSONB {
		return a[0], nil
	}
	return canonical(toJSON)(c, a)
}

// toJSONLines puts a line feed between the parts of the outermost level.
func toJSONLines(c *Call, a []value.Value) (value.Value, error) {
	v, err := toJSON(c, a)
	if err != nil || !a[1].True() {
		return v, err
	}
	var parts []string
	object := strings.HasPrefix(v.S, "{")
	rawjson.Parts(v.S, func(key, raw string) bool {
		if object {
			raw = string(value.AppendJSONString(nil, key)) + ":" + raw
		}
		parts = append(parts, raw)
		return true
	})
	return value.Str(v.S[:1] + strings.Join(parts, ",\n ") + v.S[len(v.S)-1:]), nil
}

// jsonKey appends a value as a key: its JSON text in quotes.
func jsonKey(b []byte, c *Call, t *value.Type, v value.Value) ([]byte, error) {
	switch t.Base().Kind {
	case value.Array, value.Record, value.JSON, value.JSONB:
		return nil, fault.SQL("22023", "key value must be scalar, not array, composite, or json")
	}
	raw := string(appendJSON(nil, c, t, v))
	if strings.HasPrefix(raw, `"`) {
		return append(b, raw...), nil
	}
	return append(append(append(b, '"'), raw...), '"'), nil
}

func buildObject(c *Call, a []value.Value) (value.Value, error) {
	name := "json"
	if c.Ret != nil && c.Ret.Kind == value.JSONB {
		name = "jsonb"
	}
	if len(a)%2 != 0 {
		return null, fault.SQL("22023", "argument list must have even number of elements").
			WithHint("The arguments of " + name + "_build_object() must consist of alternating keys and values.")
	}
	b := []byte{'{'}
	for i := 0; i < len(a); i += 2 {
		if a[i].IsNull() {
			f := fault.SQL("22023", "argument %d cannot be null", i+1).WithHint("Object keys should be text.")
			if name == "jsonb" {
				f = fault.SQL("22023", "argument %d: key must not be null", i+1)
			}
			return null, f
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		var err error
		if b, err = jsonKey(b, c, c.arg(i), a[i]); err != nil {
			return null, err
		}
		b = appendJSON(append(b, " : "...), c, c.arg(i+1), a[i+1])
	}
	return value.Str(string(append(b, '}'))), nil
}

func buildArray(c *Call, a []value.Value) (value.Value, error) {
	b := []byte{'['}
	for i, v := range a {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = appendJSON(b, c, c.arg(i), v)
	}
	return value.Str(string(append(b, ']'))), nil
}

// objectText is json_object's layout of keys and values.
func objectText(n int, key, val func(i int) value.Value) (value.Value, error) {
	b := []byte{'{'}
	for i := range n {
		if i > 0 {
			b = append(b, ", "...)
		}
		k := key(i)
		if k.IsNull() {
			return null, fault.SQL("22004", "null value not allowed for object key")
		}
		b = append(value.AppendJSONString(b, k.S), " : "...)
		b = value.AppendJSON(b, tText, val(i), nil)
	}
	return value.Str(string(append(b, '}'))), nil
}

func objectOfPairs(_ *Call, a []value.Value) (value.Value, error) {
	l := a[0].L
	if len(l)%2 != 0 {
		return null, fault.SQL("2202E", "array must have even number of elements")
	}
	return objectText(len(l)/2, func(i int) value.Value { return l[2*i] }, func(i int) value.Value { return l[2*i+1] })
}

func objectOfLists(_ *Call, a []value.Value) (value.Value, error) {
	keys, vals := a[0].L, a[1].L
	if len(keys) != len(vals) {
		return null, fault.SQL("2202E", "mismatched array dimensions")
	}
	return objectText(len(keys), func(i int) value.Value { return keys[i] }, func(i int) value.Value { return vals[i] })
}

func jsonLength(_ *Call, a []value.Value) (value.Value, error) {
	switch value.JTypeOf(a[0].S) {
	case "array":
		return value.Int(int64(len(rawjson.Elements(a[0].S)))), nil
	case "object":
		return null, fault.SQL("22023", "cannot get array length of a non-array")
	}
	return null, fault.SQL("22023", "cannot get array length of a scalar")
}

func extractPath(t *value.Type) jsonGetter {
	path := rawjson.Path
	if t.Kind == value.JSONB {
		path = value.JPath
	}
	return func(_ *Call, a []value.Value) (string, bool) {
		p, _ := texts(a[1:])
		return path(a[0].S, p)
	}
}
