package builtin

import (
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
	"github.com/plinth-dev/plinth/internal/value/jsonb"
)

// fnPart are what assignments to a part of a value become: set a[i] = x. Nobody can
// call them by name.
func fnPart() []*Func {
	return []*Func{
		{Schema: "plinth", Name: "array_put", Args: sig(tArray, tInt4, tElem), Ret: tArray, NotStrict: true, Raises: true,
			Eval: func(_ *Call, a []value.Value) (value.Value, error) { return ArrayPut(a[0], a[1], a[2]) }},
		{Schema: "plinth", Name: "json_put", Args: sig(tJSONB, tTexts, tJSONB), Ret: tJSONB, NotStrict: true, Raises: true,
			Eval: func(_ *Call, a []value.Value) (value.Value, error) { return JSONPut(a[0], a[1], a[2]) }},
	}
}

// ArrayPut is a[i] := x: an array grows with NULLs.
func ArrayPut(a, i, x value.Value) (value.Value, error) {
	if i.IsNull() {
		return null, fault.SQL("22004", "array subscript in assignment must not be null")
	}
	if i.I < 1 || i.I > 1<<20 {
		return null, fault.SQL("2202E", "array subscript out of range")
	}
	if len(a.L) == 0 && i.I > 1 {
		return null, fault.SQL("0A000", "an array that begins at %d is not supported", i.I).
			WithHint("Arrays begin at 1 on SQLite; append to the array, or fill it with array_fill first.")
	}
	l := append([]value.Value(nil), a.L...)
	for int64(len(l)) < i.I {
		l = append(l, null)
	}
	l[i.I-1] = x
	return value.List(l), nil
}

// JSONPut is j[path…] := x.
func JSONPut(j, path, x value.Value) (value.Value, error) {
	steps := make([]string, len(path.L))
	for i, p := range path.L {
		if p.IsNull() {
			return null, fault.SQL("22004", "jsonb subscript in assignment must not be null")
		}
		steps[i] = p.S
	}
	val := "null"
	if !x.IsNull() {
		val = x.S
	}
	return strOr(jsonb.Assign(j.S, steps, val))
}
