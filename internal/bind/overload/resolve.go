package overload

import (
	"github.com/plinth-dev/plinth/internal/builtin"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/value"
)

// Candidate is one overload that a call may mean; args has one type for each
// argument of the call, in the call's order.
type Candidate struct {
	Args     []*value.Type
	Gathered int   // variadic: index from which arguments are gathered, else -1
	Slots    []int // user functions: the parameter that each argument fills
	Fn       *builtin.Func
	Set      *builtin.SetFunc
	Agg      *builtin.Agg
	User     *catalog.Function
}

// Expand fits a signature to n arguments, or reports that it does not fit.
func Expand(sig []*value.Type, variadic bool, optional, n int) ([]*value.Type, bool) {
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

// Verdict of a choice among overloads.
type Verdict uint8

const (
	Found Verdict = iota
	NotFound
	Ambiguous
)

// Choose is Postgres' rule for picking among overloads by argument types.
func Choose(cands []Candidate, args []*value.Type) (Candidate, Verdict) {
	for _, c := range cands {
		if Exact(c.Args, args) {
			return c, Found
		}
	}
	var fit []Candidate
	for _, c := range cands {
		if c.Fits(args) {
			fit = append(fit, c)
		}
	}
	fit = best(fit, func(c Candidate) int { return exactCount(c.Args, args) })
	fit = best(fit, func(c Candidate) int { return preferredCount(c.Args, args) })
	if len(fit) > 1 {
		fit = byCategory(fit, args)
	}
	if len(fit) > 1 {
		fit = assumeSame(fit, args)
	}
	switch len(fit) {
	case 0:
		return Candidate{}, NotFound
	case 1:
		return fit[0], Found
	}
	return Candidate{}, Ambiguous
}

func Exact(sig, args []*value.Type) bool {
	for i, t := range sig {
		if !value.Same(t, args[i]) {
			return false
		}
	}
	return true
}

// Fits reports whether every argument can become its parameter implicitly, and the
// polymorphic ones agree.
func (c Candidate) Fits(args []*value.Type) bool {
	for i, t := range c.Args {
		if !Implicit(args[i], t) {
			return false
		}
	}
	_, ok := c.Polymorph(args)
	return ok
}

// best keeps the candidates with the highest score.
func best(in []Candidate, score func(Candidate) int) []Candidate {
	if len(in) < 2 {
		return in
	}
	top := -1
	var out []Candidate
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
		if !IsUnknown(args[i]) && value.Same(t, args[i].Base()) {
			n++
		}
	}
	return n
}

func preferredCount(sig, args []*value.Type) int {
	n := 0
	for i, t := range sig {
		if IsUnknown(args[i]) {
			continue
		}
		base := args[i].Base()
		if value.Same(t, base) || Preferred(t) && Category(t) == Category(base) {
			n++
		}
	}
	return n
}

// byCategory lets the arguments of unknown type decide: strings where a candidate
// takes one, otherwise the one category that all take.
func byCategory(in []Candidate, args []*value.Type) []Candidate {
	out := in
	for i, a := range args {
		if !IsUnknown(a) {
			continue
		}
		cat, pref, ok := slotCategory(in, i)
		if !ok {
			return in
		}
		var keep []Candidate
		for _, c := range out {
			if Category(c.Args[i]) == cat && (!pref || Preferred(c.Args[i])) {
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
func slotCategory(in []Candidate, i int) (cat byte, pref, ok bool) {
	ok = true
	for _, c := range in {
		k := Category(c.Args[i])
		switch {
		case cat == 0:
			cat, pref = k, Preferred(c.Args[i])
		case k == cat:
			pref = pref || Preferred(c.Args[i])
		case k == 'S':
			cat, pref, ok = 'S', Preferred(c.Args[i]), true
		case cat != 'S':
			ok = false
		}
	}
	return cat, pref, ok
}

// assumeSame takes unknown arguments to be of the one type that the known ones have.
func assumeSame(in []Candidate, args []*value.Type) []Candidate {
	var known *value.Type
	unknowns := false
	for _, a := range args {
		switch {
		case IsUnknown(a):
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
	var keep []Candidate
	for _, c := range in {
		if c.Fits(assumed) {
			keep = append(keep, c)
		}
	}
	if len(keep) == 1 {
		return keep
	}
	return in
}

// Poly is what the polymorphic parameters of a signature stand for.
type Poly struct {
	elem *value.Type // anyelement; the element of anyarray
	Any  bool        // a polymorphic parameter is there
}

// Polymorph is polymorph for the candidate: some array functions bring their
// arguments to a common type (anycompatible).
func (c Candidate) Polymorph(args []*value.Type) (Poly, bool) {
	p, ok := Polymorph(c.Args, args)
	if ok || c.Fn == nil {
		return p, ok
	}
	switch c.Fn.Name {
	case "||", "array_append", "array_cat", "array_prepend", "array_position", "array_positions",
		"array_remove", "array_replace":
		return compatible(c.Args, args)
	}
	return p, false
}

// compatible finds the type that all polymorphic arguments can become.
func compatible(sig, args []*value.Type) (Poly, bool) {
	p := Poly{Any: true}
	for i, t := range sig {
		a := args[i].Base()
		if !IsPseudo(t) || IsUnknown(a) {
			continue
		}
		if t.Kind == value.AnyArray && a.Kind == value.Array {
			a = a.Elem
		}
		switch {
		case p.elem == nil || Implicit(p.elem, a):
			p.elem = a
		case !Implicit(a, p.elem):
			return p, false
		}
	}
	return p, true
}

// Polymorph finds the types that the pseudo types stand for; not ok where two
// arguments disagree.
func Polymorph(sig, args []*value.Type) (Poly, bool) {
	var p Poly
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
		p.Any = true
		if IsUnknown(a) {
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

// Actual is what a parameter or result type means for these arguments.
func (p Poly) Actual(t *value.Type) *value.Type {
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
