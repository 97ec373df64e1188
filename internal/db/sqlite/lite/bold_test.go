package lite

import (
	"context"
	"testing"
)

// guarded reports whether the request that runs has a savepoint.
func guarded(t testing.TB, c *Conn) bool {
	if c.Exec("release request") != nil {
		return false
	}
	must(t, c.Exec("savepoint request"))
	return true
}

// Requests do without savepoints until one of several fails with changes that must go: they
// run again, each with one, and so do the next.
func TestASavepointOnlyWhereOneFails(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	var with []bool
	watched := func(id int) func(*Conn) error {
		return func(c *Conn) error { with = append(with, guarded(t, c)); return insert(id)(c) }
	}
	fails := func(c *Conn) error { must(t, insert(100)(c)); return errDomain }
	for i, err := range r.together(nil, watched(1), func(*Conn) error { return errDomain }, insert(1), watched(2)) {
		if (err != nil) != (i == 1 || i == 2) {
			t.Errorf("of those that change nothing: request %d: %v", i, err)
		}
	}
	if len(with) != 2 || with[0] || with[1] {
		t.Errorf("beside failures that change nothing: savepoints %v, want none", with)
	}
	with = nil
	errs := r.together(nil, watched(3), fails, watched(4))
	if errs[0] != nil || errs[1] != errDomain || errs[2] != nil {
		t.Errorf("with one that fails: %v", errs)
	}
	if len(with) != 3 || with[0] || !with[1] || !with[2] {
		t.Errorf("beside one that fails: savepoints %v, want one run without, and two with", with)
	}
	with = nil
	r.together(nil, watched(5), fails)
	if len(with) != 1 || !with[0] {
		t.Errorf("soon after it: savepoints %v, want one run with", with)
	}
	for range carefulFor {
		must(t, r.w.Do(context.Background(), func(*Conn) error { return nil }))
	}
	with = nil
	must(t, r.w.Do(context.Background(), watched(6)))
	if len(with) != 1 || with[0] {
		t.Errorf("long after it: savepoints %v, want none", with)
	}
	if got := r.count(); got != "1,2,3,4,5,6" {
		t.Errorf("rows = %s", got)
	}
}

// One that is first in its transaction is answered at once: it fails by itself.
func TestTheFirstOfATransactionFailsOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for i, want := range []error{errDomain, nil} {
		runs := 0
		err := r.w.Do(context.Background(), func(c *Conn) error {
			runs++
			must(t, insert(7)(c))
			if guarded(t, c) {
				t.Error("it has a savepoint")
			}
			if want == nil {
				return ErrRollback
			}
			return want
		})
		if err != want || runs != 1 {
			t.Errorf("%d: %v after %d runs, want %v", i, err, runs, want)
		}
	}
	if got := r.count(); got != "" {
		t.Errorf("rows = %s", got)
	}
}
