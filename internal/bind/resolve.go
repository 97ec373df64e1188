package bind

import (
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/value"
)

// candidate is one overload that a call may mean; args has one type for each
// argument of the call, in the call's order.
type candidate struct {
	args     []*value.Type
	gathered int   // variadic: index from which arguments are gathered, else -1
	slots    []int // user functions: the parameter that each argument fills
	fn       *builtin.Func
	set      *builtin.SetFunc
	agg      *builtin.Agg
	user     *catalog.Function
}

// expand fits a signature to n arguments, or reports that it does not fit.
func expand(sig []*value.Type, variadic bool, optional, n int) ([]*value.Type, bool) {
	if !variadic {
		if n > len(sig) || n < len(sig)-optional {
			return nil, false
		}
		return sig[:n], true
	}
	fixed := len(sig) - 1
	if n < fixed || n == fixed && fixed > 0 {
		return nil, false
	}
	out := append([]*value.Type(nil), sig[:fixed]...)
	last := sig[fixed]
	if last.Kind == value.Array {
		last = last.Elem
	}
	for len(out) < n {
		out = append(out, last)
	}
	return out, true
}

// verdict of a choice among overloads.
type verdict uint8

const (
	found verdict = iota
	notFound
	ambiguous
)

// choose is Postgres' rule for picking among overloads by argument types.
func choose(cands []candidate, args []*value.Type) (candidate, verdict) {
	for _, c := range cands {
		if exact(c.args, args) {
			return c, found
		}
	}
	var fit []candidate
	for _, c := range cands {
		if c.fits(args) {
			fit = append(fit, c)
		}
	}
	fit = best(fit, func(c candidate) int { return exactCount(c.args, args) })
	fit = best(fit, func(c candidate) int { return preferredCount(c.args, args) })
	if len(fit) > 1 {
		fit = byCategory(fit, args)
	}
	if len(fit) > 1 {
		fit = assumeSame(fit, args)
	}
	switch len(fit) {
	case 0:
		return candidate{}, notFound
	case 1:
		return fit[0], found
	}
	return candidate{}, ambiguous
}

func exact(sig, args []*value.Type) bool {
	for i, t := range sig {
		if !value.Same(t, args[i]) {
			return false
		}
	}
	return true
}

// fits reports whether every argument can become its parameter implicitly, and the
// polymorphic ones agree.
func (c candidate) fits(args []*value.Type) bool {
	for i, t := range c.args {
		if !implicit(args[i], t) {
			return false
		}
	}
	_, ok := c.polymorph(args)
	return ok
}

// best keeps the candidates with the highest score.
func best(in []candidate, score func(candidate) int) []candidate {
	if len(in) < 2 {
		return in
	}
	top := -1
	var out []candidate
	for _, c := range in {
		n := score(c)
		if n > top {
			top, out = n, nil
		}
		if n == top {
			out = append(out, c)
		}
	}
	return out
}

func exactCount(sig, args []*value.Type) int {
	n := 0
	for i, t := range sig {
		if !isUnknown(args[i]) && value.Same(t, args[i].Base()) {
			n++
		}
	}
	return n
}

func preferredCount(sig, args []*value.Type) int {
	n := 0
	for i, t := range sig {
		if isUnknown(args[i]) {
			continue
		}
		base := args[i].Base()
		if value.Same(t, base) || preferred(t) && category(t) == category(base) {
			n++
		}
	}
	return n
}

// byCategory lets the arguments of unknown type decide: strings where a candidate
// takes one, otherwise the one category that all take.
func byCategory(in []candidate, args []*value.Type) []candidate {
	out := in
	for i, a := range args {
		if !isUnknown(a) {
			continue
		}
		cat, pref, ok := slotCategory(in, i)
		if !ok {
			return in
		}
		var keep []candidate
		for _, c := range out {
			if category(c.args[i]) == cat && (!pref || preferred(c.args[i])) {
				keep = append(keep, c)
			}
		}
		out = keep
	}
	if len(out) == 0 {
		return in
	}
	return out
}

// slotCategory is the category that argument i should have, and whether a candidate
// takes the preferred type of it.
func slotCategory(in []candidate, i int) (cat byte, pref, ok bool) {
	ok = true
	for _, c := range in {
		k := category(c.args[i])
		switch {
		case cat == 0:
			cat, pref = k, preferred(c.args[i])
		case k == cat:
			pref = pref || preferred(c.args[i])
		case k == 'S':
			cat, pref, ok = 'S', preferred(c.args[i]), true
		case cat != 'S':
			ok = false
		}
	}
	return cat, pref, ok
}

// assumeSame takes unknown arguments to be of the one type that the known ones have.
func assumeSame(in []candidate, args []*value.Type) []candidate {
	var known *value.Type
	unknowns := false
	for _, a := range args {
		switch {
		case isUnknown(a):
			unknowns = true
		case known == nil:
			known = a.Base()
		case !value.Same(known, a.Base()):
			return in
		}
	}
	if known == nil || !unknowns {
		return in
	}
	assumed := make([]*value.Type, len(args))
	for i := range args {
		assumed[i] = known
	}
	var keep []candidate
	for _, c := range in {
		if c.fits(assumed) {
			keep = append(keep, c)
		}
	}
	if len(keep) == 1 {
		return keep
	}
	return in
}

// poly is what the polymorphic parameters of a signature stand for.
type poly struct {
	elem *value.Type // anyelement; the element of anyarray
	any  bool        // a polymorphic parameter is there
}

// polymorph is polymorph for the candidate: some array functions bring their
// arguments to a common type (anycompatible).
func (c candidate) polymorph(args []*value.Type) (poly, bool) {
	p, ok := polymorph(c.args, args)
	if ok || c.fn == nil {
		return p, ok
	}
	switch c.fn.Name {
	case "||", "array_append", "array_cat", "array_prepend", "array_position", "array_positions",
		"array_remove", "array_replace":
		return compatible(c.args, args)
	}
	return p, false
}

// compatible finds the type that all polymorphic arguments can become.
func compatible(sig, args []*value.Type) (poly, bool) {
	p := poly{any: true}
	for i, t := range sig {
		a := args[i].Base()
		if !isPseudo(t) || isUnknown(a) {
			continue
		}
		if t.Kind == value.AnyArray && a.Kind == value.Array {
			a = a.Elem
		}
		switch {
		case p.elem == nil || implicit(p.elem, a):
			p.elem = a
		case !implicit(a, p.elem):
			return p, false
		}
	}
	return p, true
}

// polymorph finds the types that the pseudo types stand for; not ok where two
// arguments disagree.
func polymorph(sig, args []*value.Type) (poly, bool) {
	var p poly
	for i, t := range sig {
		a := args[i]
		switch t.Kind {
		case value.AnyElement, value.AnyEnum:
		case value.AnyArray:
			if a = a.Base(); a.Kind == value.Array {
				a = a.Elem
			}
		default:
			continue
		}
		p.any = true
		if isUnknown(a) {
			continue
		}
		if p.elem != nil && !value.Same(p.elem, a) {
			if !value.Same(p.elem.Base(), a.Base()) {
				return p, false
			}
			a = a.Base()
		}
		p.elem = a
	}
	return p, true
}

// actual is what a parameter or result type means for these arguments.
func (p poly) actual(t *value.Type) *value.Type {
	if t == nil {
		return value.TText
	}
	switch t.Kind {
	case value.AnyElement, value.AnyEnum:
		if p.elem != nil {
			return p.elem
		}
		return value.TText
	case value.AnyArray:
		if p.elem != nil {
			return value.ArrayOf(p.elem)
		}
		return value.ArrayOf(value.TText)
	}
	return t
}
