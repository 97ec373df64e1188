package builtin

import (
	"github.com/plinth-dev/plinth/internal/value"
)

// fnOverlaps returns OVERLAPS for ranges given by their ends, or by a beginning and how
// long they last.
func fnOverlaps() []*Func {
	var out []*Func
	add := func(t *value.Type, plus evalFunc, first, second *value.Type) {
		out = append(out, &Func{Name: "overlaps", Args: sig(t, first, t, second), Ret: tBool, NotStrict: true, Raises: plus != nil,
			Volatility: volatilityOf(t), Eval: func(c *Call, a []value.Value) (value.Value, error) {
				s1, e1, err := spanOf(c, plus, a[0:2], first)
				if err != nil {
					return null, err
				}
				s2, e2, err := spanOf(c, plus, a[2:4], second)
				if err != nil {
					return null, err
				}
				return overlap(s1, e1, s2, e2), nil
			}})
	}
	for _, t := range sig(tStamptz, tStamp, tTime, tDate) {
		add(t, nil, t, t)
		var plus evalFunc
		for _, f := range opTime() {
			if f.Name == "+" && len(f.Args) == 2 && f.Args[0] == t && f.Args[1] == tInterval && f.Ret == t {
				plus = f.Eval
			}
		}
		if plus != nil {
			add(t, plus, tInterval, tInterval)
			add(t, plus, tInterval, t)
			add(t, plus, t, tInterval)
		}
	}
	return out
}

func volatilityOf(t *value.Type) Volatility {
	if t == tStamptz {
		return Stable
	}
	return Immutable
}

// spanOf is a range with its end computed, where it is given by how long it lasts.
func spanOf(c *Call, plus evalFunc, a []value.Value, second *value.Type) (lo, hi value.Value, err error) {
	if second != tInterval {
		return a[0], a[1], nil
	}
	if a[0].IsNull() || a[1].IsNull() {
		return a[0], null, nil
	}
	hi, err = plus(c, a)
	return a[0], hi, err
}

// overlap follows Postgres, which answers where one end is NULL as far as it can.
func overlap(s1, e1, s2, e2 value.Value) value.Value {
	order := func(s, e value.Value) (value.Value, value.Value) {
		if s.IsNull() || !e.IsNull() && s.I > e.I {
			return e, s
		}
		return s, e
	}
	s1, e1 = order(s1, e1)
	s2, e2 = order(s2, e2)
	if s1.IsNull() || s2.IsNull() {
		return null
	}
	if s1.I == s2.I {
		return unless(e1, e2, value.Truth(true))
	}
	if s1.I < s2.I {
		s1, e1, s2, e2 = s2, e2, s1, e1
	}
	// the second begins first
	if e2.IsNull() {
		return null
	}
	if s1.I < e2.I {
		return value.Truth(true)
	}
	return unless(e1, e1, value.Truth(false))
}

// unless is v, or NULL where an end is unknown.
func unless(a, b, v value.Value) value.Value {
	if a.IsNull() || b.IsNull() {
		return null
	}
	return v
}
