package main

import "testing"

// TestRest: memory is given back once after work, when it has ended, and not too often.
func TestRest(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	r := rest{since: seldom}
	var sum uint64
	freed := 0
	run := func(megabytes ...uint64) {
		for _, n := range megabytes {
			if sum += n * mb; r.second(sum, 8*mb) {
				freed++
			}
		}
	}
	run(40, 40, 0)
	if freed != 0 {
		t.Error("given back under load")
	}
	if run(0, 0); freed != 1 {
		t.Errorf("given back %d times after the load, want once", freed)
	}
	if run(30, 0, 0); freed != 1 {
		t.Error("given back too soon after the last time")
	}
	if run(0, 0, 0, 0); freed != 2 {
		t.Errorf("given back %d times, want twice", freed)
	}
	for range 30 {
		run(0)
	}
	run(1, 1, 1)
	if run(0, 0, 0, 0); freed != 2 {
		t.Error("given back for little")
	}
	sum += 10 * mb
	for range 3 {
		if r.second(sum, 80*mb) {
			t.Error("a large heap was collected for little")
		}
	}
}
