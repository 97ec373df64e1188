package query

import "strings"

// FilterParam makes the parameter key=op.text of parts. text is bound whatever it
// holds; ok is false where the operator is unknown or takes no value of its own, or
// where key would be no filter.
func FilterParam(key, op, text string) (p Param, ok bool) {
	p = Param{Key: key, Value: op + "." + text, Kind: KindFilter, Tail: len(op) + 1}
	return p, plainKey(key) && operatorEnd(op+".x") == p.Tail && strings.IndexByte(text, 0) < 0
}

// ArgParam makes an argument of a function of parts; ok is false where key would be none.
func ArgParam(key, text string) (p Param, ok bool) {
	return Param{Key: key, Value: text, Kind: KindArg}, plainKey(key) && strings.IndexByte(text, 0) < 0
}

// plainKey reports whether key names neither a reserved parameter nor nothing.
func plainKey(key string) bool {
	p := Param{Key: key, Value: "eq."}
	classify(&p, false)
	return p.Kind == KindFilter && key != "" && key != "apikey" && strings.IndexByte(key, 0) < 0
}
