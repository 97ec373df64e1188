package builtin

import "github.com/plinth-dev/plinth/internal/value"

// Window describes a pure window function; who runs queries implements it.
type Window struct {
	Name     string
	Args     []*value.Type
	Optional int
	Ret      *value.Type
}

// WindowNames returns the pure window functions. Every aggregate may stand before OVER
// besides.
func WindowNames() []Window {
	return []Window{
		{Name: "row_number", Ret: tInt8},
		{Name: "rank", Ret: tInt8},
		{Name: "dense_rank", Ret: tInt8},
		{Name: "percent_rank", Ret: tFloat8},
		{Name: "cume_dist", Ret: tFloat8},
		{Name: "ntile", Args: sig(tInt4), Ret: tInt4},
		{Name: "lag", Args: sig(tElem, tInt4, tElem), Optional: 2, Ret: tElem},
		{Name: "lead", Args: sig(tElem, tInt4, tElem), Optional: 2, Ret: tElem},
		{Name: "first_value", Args: sig(tElem), Ret: tElem},
		{Name: "last_value", Args: sig(tElem), Ret: tElem},
		{Name: "nth_value", Args: sig(tElem, tInt4), Ret: tElem},
	}
}

// WindowByName returns the pure window function of that name.
func WindowByName(name string) (Window, bool) {
	for _, w := range WindowNames() {
		if w.Name == name {
			return w, true
		}
	}
	return Window{}, false
}
