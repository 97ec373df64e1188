package realtime

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/value"
)

// Sockets that come and go leave nothing behind: neither goroutines nor memory. The whole
// is 10,000 of them (make proof P=leak); here it is 1,500.
func TestNothingLeaks(t *testing.T) {
	s, f, table, addr := fakeWorld(t)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	cycles := 1500
	if n, err := strconv.Atoi(os.Getenv("PLINTH_CYCLES")); err == nil {
		cycles = n
	}
	round := func(n int) {
		var work sync.WaitGroup
		for w := range 10 {
			work.Go(func() {
				for i := range n / 10 {
					nc := speak(t, addr, fmt.Sprintf(`["1","1","realtime:r%d","phx_join",{"config":{"presence":{"key":"k"},"postgres_changes":[{"event":"*","schema":"public","table":"t","filter":"n=eq.%d"}]}}]`, (w+i)%7, i%5))
					if nc == nil {
						return
					}
					await(t, nc, "Subscribed to PostgreSQL", 1)
					nc.Close()
				}
			})
		}
		work.Wait()
		for s.Stats().Sockets > 0 {
			runtime.Gosched()
		}
	}
	first := speak(t, addr, `["1","1","realtime:r","phx_join",{"config":{"postgres_changes":[{"event":"*","schema":"public","table":"t"}]}}]`)
	await(t, first, "Subscribed to PostgreSQL", 1)
	f.changes <- db.Change{Last: true, Table: table, Op: db.Insert, New: []value.Value{value.Int(1)}, Key: []value.Value{value.Int(1)}} // from now on there are groups
	await(t, first, `"record"`, 1)
	first.Close()
	round(200)
	goroutines, before := runtime.NumGoroutine(), heap()
	round(cycles)
	after := heap()
	for i := 0; runtime.NumGoroutine() > goroutines+5; i++ {
		if runtime.Gosched(); i > 1_000_000 {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), goroutines)
		}
	}
	if grown := int64(after) - int64(before); grown > int64(cycles)*300+1<<20 {
		t.Errorf("%d cycles left %d bytes", cycles, grown)
	}
	st := s.Stats()
	s.Stop()
	if st.Channels+st.Topics+st.Subscriptions+st.Groups != 0 || len(s.index.boards[1].groups) != 0 || len(s.index.boards[1].byCol[0]) != 0 {
		t.Errorf("left behind: %+v, %d groups, %d buckets", st, len(s.index.boards[1].groups), len(s.index.boards[1].byCol[0]))
	}
}
