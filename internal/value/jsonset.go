package value

import (
	"strconv"

	"github.com/plinth-dev/plinth/internal/fault"
)

// jsonEdit is one change at a path.
type jsonEdit struct {
	path   []string
	val    J
	del    bool // delete what is there
	create bool // add what is missing
	insert bool // put before what is there (arrays); a member that exists is an error
	after  bool // with insert: put behind it
}

// JSet is jsonb_set.
func JSet(j string, path []string, val string, create bool) (string, error) {
	return editJSON(j, &jsonEdit{path: path, val: mustJ(val), create: create})
}

// JInsert is jsonb_insert.
func JInsert(j string, path []string, val string, after bool) (string, error) {
	return editJSON(j, &jsonEdit{path: path, val: mustJ(val), create: true, insert: true, after: after})
}

// JDeletePath is #-.
func JDeletePath(j string, path []string) (string, error) {
	return editJSON(j, &jsonEdit{path: path, del: true})
}

func editJSON(j string, e *jsonEdit) (string, error) {
	t := mustJ(j)
	if t.Kind < JArray {
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

func (e *jsonEdit) apply(j J, level int) (J, error) {
	switch j.Kind {
	case JObject:
		return e.object(j, level)
	case JArray:
		return e.array(j, level)
	}
	return j, nil
}

func (e *jsonEdit) last(level int) bool { return level == len(e.path)-1 }

func (e *jsonEdit) object(j J, level int) (J, error) {
	key := e.path[level]
	i, found := j.find(key)
	switch {
	case !found && e.last(level) && e.create:
		return NewObject(append(j.O, JMember{key, e.val})), nil
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

func (e *jsonEdit) array(j J, level int) (J, error) {
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
