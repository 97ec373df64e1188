package builtin

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/value"
)

// fnArray returns the functions of arrays, which have one dimension and start at 1.
func fnArray() []*Func {
	one, with, dim := sig(tArray), sig(tArray, tElem), sig(tArray, tInt4)
	return []*Func{
		{Name: "array_length", Args: dim, Ret: tInt4, Eval: arrayLength},
		{Name: "array_upper", Args: dim, Ret: tInt4, Eval: arrayLength},
		{Name: "array_lower", Args: dim, Ret: tInt4, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			return whenFilled(a, value.Int(1))
		}},
		{Name: "array_ndims", Args: one, Ret: tInt4, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			return whenFilled(a, value.Int(1))
		}},
		{Name: "array_dims", Args: one, Ret: tText, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			return whenFilled(a, value.Str("[1:"+strconv.Itoa(len(a[0].L))+"]"))
		}},
		{Name: "cardinality", Args: one, Ret: tInt4, Eval: func(_ *Call, a []value.Value) (value.Value, error) {
			return value.Int(int64(len(a[0].L))), nil
		}},
		{Name: "array_append", Args: with, Ret: tArray, NotStrict: true, Eval: arrayAppend},
		{Name: "array_prepend", Args: sig(tElem, tArray), Ret: tArray, NotStrict: true, Eval: arrayPrepend},
		{Name: "array_cat", Args: sig(tArray, tArray), Ret: tArray, NotStrict: true, Eval: arrayCat},
		{Name: "array_position", Args: sig(tArray, tElem, tInt4), Optional: 1, Ret: tInt4, NotStrict: true, Eval: arrayPosition},
		{Name: "array_positions", Args: with, Ret: tInts, NotStrict: true, Eval: arrayPositions},
		{Name: "array_remove", Args: with, Ret: tArray, NotStrict: true, Eval: arrayRemove},
		{Name: "array_replace", Args: sig(tArray, tElem, tElem), Ret: tArray, NotStrict: true, Eval: arrayReplace},
		{Name: "trim_array", Args: dim, Ret: tArray, Raises: true, Eval: trimArray},
		{Name: "array_to_string", Args: sig(tArray, tText, tText), Optional: 1, Ret: tText, NotStrict: true,
			Volatility: Stable, Eval: arrayToString},
		{Name: "string_to_array", Args: sig(tText, tText, tText), Optional: 1, Ret: tTexts, NotStrict: true, Eval: stringToArray},
		{Name: "arraycontains", Args: sig(tArray, tArray), Ret: tBool, Eval: arrayTest(containsAll)},
		{Name: "arrayoverlap", Args: sig(tArray, tArray), Ret: tBool, Eval: arrayTest(containsAny)},
		{Name: "array_fill", Args: sig(tElem, tInts), Ret: tArray, NotStrict: true, Raises: true, Eval: arrayFill},
	}
}

// whenFilled is v, or NULL for an empty array or another dimension than the first.
func whenFilled(a []value.Value, v value.Value) (value.Value, error) {
	if len(a[0].L) == 0 || len(a) > 1 && a[1].I != 1 {
		return null, nil
	}
	return v, nil
}

func arrayLength(_ *Call, a []value.Value) (value.Value, error) {
	return whenFilled(a, value.Int(int64(len(a[0].L))))
}

// same is IS NOT DISTINCT FROM.
func same(t *value.Type, a, b value.Value) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() && b.IsNull()
	}
	return value.Equal(t, a, b)
}

func arrayPosition(c *Call, a []value.Value) (value.Value, error) {
	if a[0].IsNull() {
		return null, nil
	}
	from := 0
	if len(a) > 2 {
		if a[2].IsNull() {
			return null, errNullPosition()
		}
		from = int(max(a[2].I-1, 0))
	}
	for i := from; i < len(a[0].L); i++ {
		if same(c.elem(0), a[0].L[i], a[1]) {
			return value.Int(int64(i + 1)), nil
		}
	}
	return null, nil
}

func arrayPositions(c *Call, a []value.Value) (value.Value, error) {
	if a[0].IsNull() {
		return null, nil
	}
	l := []value.Value{}
	for i, v := range a[0].L {
		if same(c.elem(0), v, a[1]) {
			l = append(l, value.Int(int64(i+1)))
		}
	}
	return value.List(l), nil
}

func arrayRemove(c *Call, a []value.Value) (value.Value, error) {
	if a[0].IsNull() {
		return null, nil
	}
	l := []value.Value{}
	for _, v := range a[0].L {
		if !same(c.elem(0), v, a[1]) {
			l = append(l, v)
		}
	}
	return value.List(l), nil
}

func arrayReplace(c *Call, a []value.Value) (value.Value, error) {
	if a[0].IsNull() {
		return null, nil
	}
	l := []value.Value{}
	for _, v := range a[0].L {
		if same(c.elem(0), v, a[1]) {
			v = a[2]
		}
		l = append(l, v)
	}
	return value.List(l), nil
}

func trimArray(_ *Call, a []value.Value) (value.Value, error) {
	n := len(a[0].L)
	if a[1].I < 0 || a[1].I > int64(n) {
		return null, errTrimArray(n)
	}
	return value.List(a[0].L[:n-int(a[1].I)]), nil
}

func arrayToString(c *Call, a []value.Value) (value.Value, error) {
	if a[0].IsNull() || a[1].IsNull() {
		return null, nil
	}
	var parts []string
	for _, v := range a[0].L {
		switch {
		case !v.IsNull():
			parts = append(parts, out(c, c.elem(0), v))
		case len(a) > 2 && !a[2].IsNull():
			parts = append(parts, a[2].S)
		}
	}
	return value.Str(strings.Join(parts, a[1].S)), nil
}

func stringToArray(_ *Call, a []value.Value) (value.Value, error) {
	if a[0].IsNull() {
		return null, nil
	}
	return value.List(splitText(a)), nil
}

// splitText splits a[0] at a[1]: NULL takes it to characters, "" leaves it whole; what
// equals a[2] becomes NULL.
func splitText(a []value.Value) []value.Value {
	var parts []string
	switch {
	case a[0].S == "":
	case a[1].IsNull():
		parts = strings.Split(a[0].S, "")
	case a[1].S == "":
		parts = []string{a[0].S}
	default:
		parts = strings.Split(a[0].S, a[1].S)
	}
	l := textList(parts).L
	for i := range l {
		if len(a) > 2 && !a[2].IsNull() && l[i].S == a[2].S {
			l[i] = null
		}
	}
	return l
}

func arrayFill(_ *Call, a []value.Value) (value.Value, error) {
	if a[1].IsNull() {
		return null, errNullDims()
	}
	if len(a[1].L) != 1 {
		return null, errOneDimension()
	}
	n := a[1].L[0].I
	if n < 0 || n > maxBuilt/64 {
		return null, errArraySize()
	}
	l := make([]value.Value, n)
	for i := range l {
		l[i] = a[0]
	}
	return value.List(l), nil
}
