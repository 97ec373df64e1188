package turn

import (
	"sync"
	"testing"
	"time"
)

func TestLineCounts(t *testing.T) {
	t.Parallel()
	var l Line
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				l.Enter()
				l.Turn(time.Microsecond)
				l.Leave()
			}
		})
	}
	all.Wait()
	l.Enter()
	l.Since(time.Time{})
	if turns, waited := l.Take(); turns != 8001 || waited != 8*time.Millisecond || l.Inside() != 1 {
		t.Errorf("%d turns, %v, %d inside", turns, waited, l.Inside())
	}
	if turns, waited := l.Take(); turns != 0 || waited != 0 {
		t.Error("taken twice")
	}
}
