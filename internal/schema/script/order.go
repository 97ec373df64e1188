package script

import "strings"

// ordered returns the objects so that each comes after what it needs. Where they need
// each other in a circle, the listing's order stands.
func (l *listing) ordered() []object {
	named := map[string][]int{} // functions by name, every other thing by key
	for i, o := range l.objects {
		name := o.key
		if strings.HasPrefix(name, "function ") {
			name, _, _ = strings.Cut(name, "(")
		}
		named[name] = append(named[name], i)
	}
	out := make([]object, 0, len(l.objects))
	state := make([]uint8, len(l.objects)) // 1 under way, 2 done
	var visit func(i int)
	visit = func(i int) {
		if state[i] != 0 {
			return
		}
		state[i] = 1
		for _, need := range l.objects[i].needs {
			for _, j := range named[need] {
				visit(j)
			}
		}
		state[i] = 2
		out = append(out, l.objects[i])
	}
	for i := range l.objects {
		visit(i)
	}
	return out
}
