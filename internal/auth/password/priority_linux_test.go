package password

import "testing"

// A worker is nicer than the server by ten, in all its threads that hash.
func TestWorkersGiveWay(t *testing.T) {
	t.Parallel()
	h := workers(t, nil)
	if _, err := h.Hash(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	own, err := niceness(0)
	if err != nil {
		t.Fatal(err)
	}
	its, err := niceness(h.workers[0].process.Process.Pid)
	if want := min(own+lowered, 19); err != nil || its != want {
		t.Errorf("the worker's niceness is %d, %v, want %d", its, err, want)
	}
}
