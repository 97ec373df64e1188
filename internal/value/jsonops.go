package value

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// The functions of this file work on canonical jsonb text; json text works where Postgres
// has the operator for json too, save that the answer is then in canonical form.

// JGet is -> and a key; false where there is no such member.
func JGet(j, key string) (string, bool) {
	m, ok := mustJ(j).Field(key)
	return textIf(m, ok)
}

// JIndex is -> and an array index, negative from the end.
func JIndex(j string, i int) (string, bool) {
	t := mustJ(j)
	if t.Kind < JArray { // to Postgres a scalar at the top is an array of one
		return j, i == 0 || i == -1
	}
	e, ok := t.Index(i)
	return textIf(e, ok)
}

// JPath is #>: keys and array indexes.
func JPath(j string, path []string) (string, bool) {
	return textIf(mustJ(j).Path(path))
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
		if j.Kind == JArray {
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

// JScalarText is the text that ->> gives for a value: strings unquoted, null as NULL.
func JScalarText(j string) (string, bool) {
	switch {
	case j == "null":
		return "", false
	case strings.HasPrefix(j, `"`) && strings.IndexByte(j, '\\') < 0:
		return j[1 : len(j)-1], true
	case strings.HasPrefix(j, `"`):
		return mustJ(j).S, true
	}
	return j, true
}

// Text is the value as ->> gives it.
func (j J) Text() (string, bool) {
	switch j.Kind {
	case JNull:
		return "", false
	case JString:
		return j.S, true
	}
	return j.String(), true
}

// JTypeOf is jsonb_typeof.
func JTypeOf(j string) string {
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

// JExists is ?: a member, an array's string element, or the string itself.
func JExists(j, key string) bool {
	t := mustJ(j)
	switch t.Kind {
	case JObject:
		_, ok := t.find(key)
		return ok
	case JArray:
		for _, e := range t.A {
			if e.Kind == JString && e.S == key {
				return true
			}
		}
		return false
	}
	return t.Kind == JString && t.S == key
}

// JContains is a @> b.
func JContains(a, b string) bool {
	x, y := mustJ(a), mustJ(b)
	if x.Kind == JArray && y.Kind != JArray && y.Kind != JObject {
		return x.hasElement(y) // an array may contain a primitive
	}
	return x.contains(y)
}

func (j J) contains(k J) bool {
	if j.Kind != k.Kind {
		return false
	}
	switch j.Kind {
	case JObject:
		for _, m := range k.O {
			v, ok := j.Field(m.Key)
			if !ok || !v.contains(m.Val) {
				return false
			}
		}
		return true
	case JArray:
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

// JConcat is a || b: objects merge, all else joins as arrays.
func JConcat(a, b string) string {
	x, y := mustJ(a), mustJ(b)
	if x.Kind == JObject && y.Kind == JObject {
		return NewObject(append(x.O, y.O...)).String()
	}
	return J{Kind: JArray, A: append(x.elements(), y.elements()...)}.String()
}

func (j J) elements() []J {
	if j.Kind == JArray {
		return j.A
	}
	return []J{j}
}

// JDelete is - and a key: the member, or the array's equal strings.
func JDelete(j, key string) (string, error) {
	t := mustJ(j)
	switch t.Kind {
	case JObject:
		if i, ok := t.find(key); ok {
			t.O = append(t.O[:i], t.O[i+1:]...)
		}
	case JArray:
		out := t.A[:0]
		for _, e := range t.A {
			if e.Kind != JString || e.S != key {
				out = append(out, e)
			}
		}
		t.A = out
	default:
		return "", fault.SQL("22023", "cannot delete from scalar")
	}
	return t.String(), nil
}

// JDeleteIndex is - and an index.
func JDeleteIndex(j string, i int) (string, error) {
	t := mustJ(j)
	switch t.Kind {
	case JObject:
		return "", fault.SQL("22023", "cannot delete from object using integer index")
	case JArray:
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

// JStrip is jsonb_strip_nulls: members that are null go, array elements stay.
func JStrip(j string) string { return mustJ(j).strip().String() }

func (j J) strip() J {
	out := J{Kind: j.Kind, B: j.B, S: j.S}
	for _, e := range j.A {
		out.A = append(out.A, e.strip())
	}
	for _, m := range j.O {
		if m.Val.Kind != JNull {
			out.O = append(out.O, JMember{m.Key, m.Val.strip()})
		}
	}
	return out
}

// CompareJ orders jsonb as btree does.
func CompareJ(a, b J) int {
	ca, cb := a.Kind >= JArray, b.Kind >= JArray
	if !ca && !cb {
		return cmpJ(a, b)
	}
	if ca && cb {
		return cmpJ(a, b)
	}
	// At the top a scalar is an array of one, which sorts before real arrays of as many.
	if ca {
		return -CompareJ(b, a)
	}
	if b.Kind == JArray && len(b.A) == 0 {
		return 1
	}
	return -1
}

func cmpJ(a, b J) int {
	if a.Kind != b.Kind {
		return int(a.Kind) - int(b.Kind)
	}
	switch a.Kind {
	case JArray:
		if len(a.A) != len(b.A) {
			return len(a.A) - len(b.A)
		}
		for i := range a.A {
			if c := cmpJ(a.A[i], b.A[i]); c != 0 {
				return c
			}
		}
		return 0
	case JObject:
		return cmpJObject(a.O, b.O)
	}
	return cmpJScalar(a, b)
}

func cmpJObject(a, b []JMember) int {
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
	case JString:
		return strings.Compare(a.S, b.S)
	case JNumber:
		return NumCmp(a.S, b.S)
	case JBool:
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
