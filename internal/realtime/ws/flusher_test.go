package ws

import "testing"

// What a few connections are told wakes one worker; many are spread over all.
func TestAFewShareAWorker(t *testing.T) {
	t.Parallel()
	f := NewFlusher()
	defer f.Stop()
	per := map[*worker]int{}
	changes, last := 0, (*worker)(nil)
	for range share * 4 * len(f.workers) {
		w := f.assign()
		if per[w]++; w != last {
			changes, last = changes+1, w
		}
	}
	for _, n := range per {
		if n != 4*share {
			t.Errorf("a worker has %d connections, want %d", n, 4*share)
		}
	}
	if most := 4*len(f.workers) + 1; len(per) != len(f.workers) || changes > most {
		t.Errorf("%d workers of %d in %d turns, want at most %d", len(per), len(f.workers), changes, most)
	}
}
