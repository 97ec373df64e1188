package http1

import (
	"runtime"
	"sync"
	"testing"
)

// TestDeepen: a stack has room for a request after it, and none is used up.
func TestDeepen(t *testing.T) {
	const many = 200
	var began, end sync.WaitGroup
	stay := make(chan struct{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range many {
		began.Add(1)
		end.Go(func() {
			deepen("")
			began.Done()
			<-stay
		})
	}
	began.Wait()
	runtime.ReadMemStats(&after)
	close(stay)
	end.Wait()
	if each := (after.StackInuse - before.StackInuse) / many; each < 14<<10 || each > 32<<10 {
		t.Errorf("a stack of %d bytes", each)
	}
}
