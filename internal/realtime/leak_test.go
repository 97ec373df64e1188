package realtime

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/value"
)

// Sockets that come and go, each joining, present, broadcasting and told of changes, leave
// nothing behind: neither goroutines nor memory nor open files. The whole is 10,000 of them
// (make proof P=leak); here it is 1,500.
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
					text(nc, fmt.Sprintf(`["1","2","realtime:r%d","presence",{"type":"presence","event":"track","payload":{"worker":%d}}]`, (w+i)%7, w))
					await(t, nc, `["1","2",`, 1) // it is present
					if i%3 == 0 {
						text(nc, fmt.Sprintf(`["1","3","realtime:r%d","broadcast",{"type":"broadcast","event":"e","payload":{}}]`, (w+i)%7))
						f.changes <- db.Change{Last: true, Table: table, Op: db.Insert, New: []value.Value{value.Int(int64(i % 5))}, Key: []value.Value{value.Int(int64(i))}}
						await(t, nc, `"record"`, 1)
					}
					if i%2 == 0 { // without a goodbye
						_ = nc.(*net.TCPConn).SetLinger(0)
					}
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
	goroutines, before, files := runtime.NumGoroutine(), heap(), openFiles(t)
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
	for i := 0; openFiles(t) > files; i++ {
		if runtime.Gosched(); i > 10_000 {
			t.Fatalf("%d files are open, %d before", openFiles(t), files)
		}
	}
	t.Logf("%d cycles: %d goroutines (%d before), %d bytes more, %d open files (%d before)", cycles, runtime.NumGoroutine(), goroutines, int64(after)-int64(before), openFiles(t), files)
	st := s.Stats()
	s.Stop()
	if st.Channels+st.Topics+st.Subscriptions+st.Groups != 0 || len(s.index.boards[1].groups) != 0 || len(s.index.boards[1].byCol[0]) != 0 {
		t.Errorf("left behind: %+v, %d groups, %d buckets", st, len(s.index.boards[1].groups), len(s.index.boards[1].byCol[0]))
	}
}

// openFiles counts the open files of this process, sockets included.
func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil && runtime.GOOS == "linux" {
		t.Fatal(err)
	}
	return len(list) // 0 where the system does not tell
}
