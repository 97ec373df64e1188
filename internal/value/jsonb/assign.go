package jsonb

import (
	"slices"
	"strconv"

	"github.com/plinth-dev/plinth/internal/fault"
)

// maxGap bounds how far behind an array's end a subscript may put an element.
const maxGap = 1 << 20

// Assign is j[path…] = val: what is missing on the way is made, an array where the
// step is a number, else an object; "" for j is NULL.
func Assign(j string, path []string, val string) (string, error) {
	var t *J
	if j != "" {
		p := Read(j)
		t = &p
	}
	out, err := put(t, path, Read(val))
	if err != nil {
		return "", err
	}
	return out.String(), nil
}

func put(j *J, path []string, val J) (J, error) {
	if len(path) == 0 {
		return val, nil
	}
	n, err := strconv.Atoi(path[0])
	isNumber := err == nil
	if j == nil {
		j = &J{Kind: Object}
		if isNumber {
			j = &J{Kind: Array}
		}
	}
	switch j.Kind {
	case Object:
		return putMember(j, path, val)
	case Array:
		if !isNumber {
			return J{}, fault.SQL("22P02", "path element at position 1 is not an integer: \"%s\"", path[0])
		}
		return putElement(j, n, path, val)
	}
	return J{}, fault.SQL("22023", "cannot replace existing key").
		WithDetail("The path assumes key is a composite object, but it is a scalar value.")
}

func putMember(j *J, path []string, val J) (J, error) {
	i, found := j.find(path[0])
	var old *J
	if found {
		old = &j.O[i].Val
	}
	v, err := put(old, path[1:], val)
	if err != nil {
		return J{}, err
	}
	out := J{Kind: Object, O: slices.Clone(j.O)}
	if found {
		out.O[i].Val = v
	} else {
		out.O = slices.Insert(out.O, i, Member{Key: path[0], Val: v})
	}
	return out, nil
}

func putElement(j *J, n int, path []string, val J) (J, error) {
	if n < 0 {
		if n += len(j.A); n < 0 {
			return J{}, fault.SQL("22023", "path element at position 1 is out of range: %s", path[0])
		}
	}
	if n > len(j.A)+maxGap {
		return J{}, fault.SQL("54000", "a jsonb array would grow by more than %d elements", maxGap)
	}
	out := J{Kind: Array, A: slices.Clone(j.A)}
	var old *J
	if n < len(out.A) {
		old = &out.A[n]
	}
	v, err := put(old, path[1:], val)
	if err != nil {
		return J{}, err
	}
	for len(out.A) <= n {
		out.A = append(out.A, J{Kind: Null})
	}
	out.A[n] = v
	return out, nil
}
