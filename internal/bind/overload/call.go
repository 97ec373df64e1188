package overload

import (
	"slices"

	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/value"
)

// Shape is how a call gives its arguments: how many, by which names (nil for none, ""
// for positional ones), the last one as a whole array.
type Shape struct {
	N        int
	Names    []string
	Variadic bool
}

// Named fits a built-in function to a call with named arguments.
func Named(f *builtin.Func, names []string) (Candidate, bool) {
	c := Candidate{Fn: f, Gathered: -1}
	filled := make([]bool, len(f.Args))
	for i, name := range names {
		slot := i
		if name != "" {
			slot = slices.Index(f.Names, name)
		}
		if slot < 0 || slot >= len(f.Args) || filled[slot] {
			return c, false
		}
		filled[slot] = true
		c.Slots, c.Args = append(c.Slots, slot), append(c.Args, f.Args[slot])
	}
	last := slices.Index(filled, true)
	for i, ok := range filled {
		if ok {
			last = i
		}
	}
	for i := range last {
		if !filled[i] && i >= len(f.Defaults) {
			return c, false
		}
	}
	return c, len(names) > 0 && last >= len(f.Args)-f.Optional-1
}

// elementOf is the type of each of a variadic parameter's arguments.
func elementOf(t *value.Type) *value.Type {
	if t.Kind == value.AnyArray {
		return value.TAnyElement
	}
	return t.Elem
}

// User fits a user function to a call, by name and position.
func User(f *catalog.Function, call Shape) (Candidate, bool) {
	in := f.InArgs()
	c := Candidate{User: f, Gathered: -1}
	variadic := len(in) > 0 && in[len(in)-1].Mode == "variadic" && !call.Variadic
	filled := make([]bool, len(in))
	for i := range call.N {
		slot := i
		if call.Names != nil && call.Names[i] != "" {
			slot = slices.IndexFunc(in, func(a catalog.Arg) bool { return a.Name == call.Names[i] })
			if slot < 0 || filled[slot] {
				return c, false
			}
		}
		if variadic && slot >= len(in)-1 && call.Names == nil {
			if c.Gathered < 0 {
				c.Gathered = i
			}
			c.Slots = append(c.Slots, len(in)-1)
			c.Args = append(c.Args, elementOf(in[len(in)-1].Type))
			filled[len(in)-1] = true
			continue
		}
		if slot >= len(in) {
			return c, false
		}
		filled[slot] = true
		c.Slots = append(c.Slots, slot)
		c.Args = append(c.Args, in[slot].Type)
	}
	for i, a := range in {
		if !filled[i] && a.Default == nil {
			return c, false
		}
	}
	return c, true
}
