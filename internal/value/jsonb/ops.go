package jsonb

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// The functions of this file work on canonical jsonb text. Get, Index, Path, ScalarText
// and TypeOf read json text too and answer with the text as it stands there; of doubled
// keys, which canonical text has not, they see the first.

// Get is -> and a key; false where there is no such member.
func Get(j, key string) (string, bool) {
	return scanMember(j, key)
}

// Index is -> and an array index, negative from the end.
func Index(j string, i int) (string, bool) {
	if i >= 0 && TypeOf(j) == "array" {
		return scanElement(j, i)
	}
	t := Read(j)
	if t.Kind < Array { // to Postgres a scalar at the top is an array of one
		return j, i == 0 || i == -1
	}
	e, ok := t.Index(i)
	return textIf(e, ok)
}

// Path is #>: keys and array indexes.
func Path(j string, path []string) (string, bool) {
	for _, p := range path {
		ok := false
		switch {
		case TypeOf(j) == "object":
			j, ok = scanMember(j, p)
		case TypeOf(j) == "array":
			var i int64
			if i, ok = pathIndex(p); ok {
				j, ok = Index(j, int(i))
			}
		}
		if !ok {
			return "", false
		}
	}
	return j, true
}

func textIf(j J, ok bool) (string, bool) {
	if !ok {
		return "", false
	}
	return j.String(), true
}

// Path follows keys of objects and indexes of arrays.
func (j J) Path(path []string) (J, bool) {
	for _, p := range path {
		var ok bool
		if j.Kind == Array {
			var i int64
			if i, ok = pathIndex(p); ok {
				j, ok = j.Index(int(i))
			}
		} else {
			j, ok = j.Field(p)
		}
		if !ok {
			return J{}, false
		}
	}
	return j, true
}

func pathIndex(p string) (int64, bool) {
	i, err := strconv.ParseInt(strings.TrimLeft(p, " "), 10, 32)
	return i, err == nil
}

// ScalarText is the text that ->> gives for a value: strings unquoted, null as NULL.
func ScalarText(j string) (string, bool) {
	switch {
	case j == "null":
		return "", false
	case strings.HasPrefix(j, `"`) && strings.IndexByte(j, '\\') < 0:
		return j[1 : len(j)-1], true
	case strings.HasPrefix(j, `"`):
		return Read(j).S, true
	}
	return j, true
}

// Text is the value as ->> gives it.
func (j J) Text() (string, bool) {
	switch j.Kind {
	case Null:
		return "", false
	case String:
		return j.S, true
	}
	return j.String(), true
}

// TypeOf is jsonb_typeof.
func TypeOf(j string) string {
	for i := 0; i < len(j); i++ {
		switch j[i] {
		case ' ', '\t', '\n', '\r':
			continue
		case '{':
			return "object"
		case '[':
			return "array"
		case '"':
			return "string"
		case 't', 'f':
			return "boolean"
		case 'n':
			return "null"
		}
		break
	}
	return "number"
}

// Exists is ?: a member, an array's string element, or the string itself.
func Exists(j, key string) bool {
	t := Read(j)
	switch t.Kind {
	case Object:
		_, ok := t.find(key)
		return ok
	case Array:
		for _, e := range t.A {
			if e.Kind == String && e.S == key {
				return true
			}
		}
		return false
	}
	return t.Kind == String && t.S == key
}

// Contains is a @> b.
func Contains(a, b string) bool {
	x, y := Read(a), Read(b)
	if x.Kind == Array && y.Kind != Array && y.Kind != Object {
		return x.hasElement(y) // an array may contain a primitive
	}
	return x.contains(y)
}

func (j J) contains(k J) bool {
	if j.Kind != k.Kind {
		return false
	}
	switch j.Kind {
	case Object:
		for _, m := range k.O {
			v, ok := j.Field(m.Key)
			if !ok || !v.contains(m.Val) {
				return false
			}
		}
		return true
	case Array:
		for _, e := range k.A {
			if !j.hasElement(e) {
				return false
			}
		}
		return true
	}
	return cmpJScalar(j, k) == 0
}

func (j J) hasElement(e J) bool {
	for _, x := range j.A {
		if x.contains(e) {
			return true
		}
	}
	return false
}

// Concat is a || b: objects merge, all else joins as arrays.
func Concat(a, b string) string {
	x, y := Read(a), Read(b)
	if x.Kind == Object && y.Kind == Object {
		return NewObject(append(x.O, y.O...)).String()
	}
	return J{Kind: Array, A: append(x.elements(), y.elements()...)}.String()
}

func (j J) elements() []J {
	if j.Kind == Array {
		return j.A
	}
	return []J{j}
}

// Delete is - and a key: the member, or the array's equal strings.
func Delete(j, key string) (string, error) {
	t := Read(j)
	switch t.Kind {
	case Object:
		if i, ok := t.find(key); ok {
			t.O = append(t.O[:i], t.O[i+1:]...)
		}
	case Array:
		out := t.A[:0]
		for _, e := range t.A {
			if e.Kind != String || e.S != key {
				out = append(out, e)
			}
		}
		t.A = out
	default:
		return "", fault.SQL("22023", "cannot delete from scalar")
	}
	return t.String(), nil
}

// DeleteIndex is - and an index.
func DeleteIndex(j string, i int) (string, error) {
	t := Read(j)
	switch t.Kind {
	case Object:
		return "", fault.SQL("22023", "cannot delete from object using integer index")
	case Array:
	default:
		return "", fault.SQL("22023", "cannot delete from scalar")
	}
	if i < 0 {
		i += len(t.A)
	}
	if i >= 0 && i < len(t.A) {
		t.A = append(t.A[:i], t.A[i+1:]...)
	}
	return t.String(), nil
}

// Strip is jsonb_strip_nulls: members that are null go, array elements stay.
func Strip(j string) string { return Read(j).strip().String() }

func (j J) strip() J {
	out := J{Kind: j.Kind, B: j.B, S: j.S}
	for _, e := range j.A {
		out.A = append(out.A, e.strip())
	}
	for _, m := range j.O {
		if m.Val.Kind != Null {
			out.O = append(out.O, Member{m.Key, m.Val.strip()})
		}
	}
	return out
}
