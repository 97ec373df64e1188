package jsonb

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/value/decimal"
)

// Compare orders jsonb as btree does.
func Compare(a, b J) int {
	ca, cb := a.Kind >= Array, b.Kind >= Array
	if !ca && !cb {
		return cmpJ(a, b)
	}
	if ca && cb {
		return cmpJ(a, b)
	}
	// At the top a scalar is an array of one, which sorts before real arrays of as many.
	if ca {
		return -Compare(b, a)
	}
	if b.Kind == Array && len(b.A) == 0 {
		return 1
	}
	return -1
}

func cmpJ(a, b J) int {
	if a.Kind != b.Kind {
		return int(a.Kind) - int(b.Kind)
	}
	switch a.Kind {
	case Array:
		if len(a.A) != len(b.A) {
			return len(a.A) - len(b.A)
		}
		for i := range a.A {
			if c := cmpJ(a.A[i], b.A[i]); c != 0 {
				return c
			}
		}
		return 0
	case Object:
		return cmpJObject(a.O, b.O)
	}
	return cmpJScalar(a, b)
}

func cmpJObject(a, b []Member) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	for i := range a {
		if c := strings.Compare(a[i].Key, b[i].Key); c != 0 {
			return c
		}
		if c := cmpJ(a[i].Val, b[i].Val); c != 0 {
			return c
		}
	}
	return 0
}

func cmpJScalar(a, b J) int {
	switch a.Kind {
	case String:
		return strings.Compare(a.S, b.S)
	case Number:
		return decimal.Cmp(a.S, b.S)
	case Bool:
		if a.B == b.B {
			return 0
		}
		if a.B {
			return 1
		}
		return -1
	}
	return 0
}

// Key returns canonical text that is the same for equal values: 1.0 and 1.00 become 1.
func Key(s string) string {
	j := Read(s)
	j.trimNumbers()
	return j.String()
}

func (j *J) trimNumbers() {
	if j.Kind == Number {
		j.S = decimal.TrimScale(j.S)
	}
	for i := range j.A {
		j.A[i].trimNumbers()
	}
	for i := range j.O {
		j.O[i].Val.trimNumbers()
	}
}
