package builtin

import (
	"github.com/plinth-dev/plinth/internal/value"
)

// opArray returns the operators of arrays.
func opArray() []*Func {
	two := sig(tArray, tArray)
	return []*Func{
		{Name: "@>", Args: two, Ret: tBool, Eval: arrayTest(containsAll)},
		{Name: "<@", Args: two, Ret: tBool, Eval: arrayTest(func(t *value.Type, a, b []value.Value) bool {
			return containsAll(t, b, a)
		})},
		{Name: "&&", Args: two, Ret: tBool, Eval: arrayTest(containsAny)},
		{Name: "||", Args: two, Ret: tArray, NotStrict: true, Eval: arrayCat},
		{Name: "||", Args: sig(tArray, tElem), Ret: tArray, NotStrict: true, Eval: arrayAppend},
		{Name: "||", Args: sig(tElem, tArray), Ret: tArray, NotStrict: true, Eval: arrayPrepend},
	}
}

func arrayTest(f func(t *value.Type, a, b []value.Value) bool) evalFunc {
	return func(c *Call, a []value.Value) (value.Value, error) {
		return value.Truth(f(c.elem(0), a[0].L, a[1].L)), nil
	}
}

// indexOf finds v, which is not NULL.
func indexOf(t *value.Type, l []value.Value, v value.Value) int {
	for i := range l {
		if l[i].Tag != value.Null && value.Equal(t, l[i], v) {
			return i
		}
	}
	return -1
}

// containsAll reports whether every element of b is in a; a NULL is in no array.
func containsAll(t *value.Type, a, b []value.Value) bool {
	for _, v := range b {
		if v.Tag == value.Null || indexOf(t, a, v) < 0 {
			return false
		}
	}
	return true
}

func containsAny(t *value.Type, a, b []value.Value) bool {
	for _, v := range b {
		if v.Tag != value.Null && indexOf(t, a, v) >= 0 {
			return true
		}
	}
	return false
}

// join returns a fresh array: arguments are never changed.
func join(parts ...[]value.Value) value.Value {
	l := []value.Value{}
	for _, p := range parts {
		l = append(l, p...)
	}
	return value.List(l)
}

func arrayCat(_ *Call, a []value.Value) (value.Value, error) {
	switch {
	case a[0].IsNull():
		return a[1], nil
	case a[1].IsNull():
		return a[0], nil
	}
	return join(a[0].L, a[1].L), nil
}

func arrayAppend(_ *Call, a []value.Value) (value.Value, error) {
	return join(a[0].L, a[1:2]), nil
}

func arrayPrepend(_ *Call, a []value.Value) (value.Value, error) {
	return join(a[0:1], a[1].L), nil
}
