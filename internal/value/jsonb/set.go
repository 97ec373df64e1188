package jsonb

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/fault"
)

// edit is one change at a path.
type edit struct {
	path   []string
	val    J
	del    bool // delete what is there
	create bool // add what is missing
	insert bool // put before what is there (arrays); a member that exists is an error
	after  bool // with insert: put behind it
}

// Set is jsonb_set.
func Set(j string, path []string, val string, create bool) (string, error) {
	return run(j, &edit{path: path, val: Read(val), create: create})
}

// Insert is jsonb_insert.
func Insert(j string, path []string, val string, after bool) (string, error) {
	return run(j, &edit{path: path, val: Read(val), create: true, insert: true, after: after})
}

// DeletePath is #-.
func DeletePath(j string, path []string) (string, error) {
	return run(j, &edit{path: path, del: true})
}

func run(j string, e *edit) (string, error) {
	t := Read(j)
	if t.Kind < Array {
		if e.del {
			return "", fault.SQL("22023", "cannot delete path in scalar")
		}
		return "", fault.SQL("22023", "cannot set path in scalar")
	}
	if len(e.path) == 0 || len(t.A)+len(t.O) == 0 && !e.create {
		return t.String(), nil
	}
	out, err := e.apply(t, 0)
	if err != nil {
		return "", err
	}
	return out.String(), nil
}

func (e *edit) apply(j J, level int) (J, error) {
	switch j.Kind {
	case Object:
		return e.object(j, level)
	case Array:
		return e.array(j, level)
	}
	return j, nil
}

func (e *edit) last(level int) bool { return level == len(e.path)-1 }

func (e *edit) object(j J, level int) (J, error) {
	key := e.path[level]
	i, found := j.find(key)
	switch {
	case !found && e.last(level) && e.create:
		return NewObject(append(j.O, Member{key, e.val})), nil
	case !found:
		return j, nil
	case !e.last(level):
		v, err := e.apply(j.O[i].Val, level+1)
		j.O[i].Val = v
		return j, err
	case e.insert:
		return J{}, fault.SQL("22023", "cannot replace existing key").
			WithHint("Try using the function jsonb_set to replace key value.")
	case e.del:
		j.O = append(j.O[:i], j.O[i+1:]...)
	default:
		j.O[i].Val = e.val
	}
	return j, nil
}

func (e *edit) array(j J, level int) (J, error) {
	n, ok := pathIndex(e.path[level])
	if !ok {
		return J{}, fault.SQL("22P02", `path element at position %s is not an integer: "%s"`,
			strconv.Itoa(level+1), e.path[level])
	}
	i := int(n)
	if i < 0 {
		i += len(j.A)
	}
	inside := i >= 0 && i < len(j.A)
	switch {
	case inside && !e.last(level):
		v, err := e.apply(j.A[i], level+1)
		j.A[i] = v
		return j, err
	case !e.last(level):
		return j, nil
	case inside && e.del:
		j.A = append(j.A[:i], j.A[i+1:]...)
	case inside && !e.insert:
		j.A[i] = e.val
	case inside && e.after:
		j.A = insertJ(j.A, i+1, e.val)
	case inside:
		j.A = insertJ(j.A, i, e.val)
	case e.create && i < 0:
		j.A = insertJ(j.A, 0, e.val)
	case e.create:
		j.A = append(j.A, e.val)
	}
	return j, nil
}

func insertJ(a []J, i int, v J) []J {
	out := make([]J, 0, len(a)+1)
	return append(append(append(out, a[:i]...), v), a[i:]...)
}
