package password

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// policies are the scheduling policies of a process' threads.
func policies(t *testing.T, pid int) map[int]int {
	t.Helper()
	out := map[int]int{}
	tasks, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*")
	for _, task := range tasks {
		id, err := strconv.Atoi(filepath.Base(task))
		if err != nil {
			t.Fatal(err)
		}
		if policy, _, no := syscall.Syscall(syscall.SYS_SCHED_GETSCHEDULER, uintptr(id), 0, 0); no == 0 {
			out[int(policy)]++
		}
	}
	return out
}

// A worker is nicer than the server by ten, and everybody else preempts it at once, in all
// its threads that hash.
func TestWorkersGiveWay(t *testing.T) {
	t.Parallel()
	h := workers(t, nil)
	w := h.workers[0]
	w.mu.Lock()
	err := w.start()
	w.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	own, err := niceness(0)
	if err != nil {
		t.Fatal(err)
	}
	pid := w.process.Process.Pid
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for deadline := time.Now().Add(time.Minute); ; <-look.C {
		its, err := niceness(pid)
		have := policies(t, pid)
		if err == nil && its == min(own+lowered, 19) && len(have) == 1 && have[schedIdle] > 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the worker's niceness is %d, %v; its threads have the policies %v", its, err, have)
		}
	}
}

// Where others take the whole machine, a worker that yields would never end: one that does
// not yield takes its place.
func TestWorkersDoNotStarve(t *testing.T) {
	t.Parallel()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	hungry := `if [ "$PLINTH_WORKER_YIELDS" = 1 ]; then exec sleep 60; fi; exec "$0" work`
	h := New(Config{AtOnce: 1, Command: []string{"/bin/sh", "-c", hungry, path}})
	t.Cleanup(h.Close)
	for range 2 {
		if _, err := h.Hash(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
		if w := h.workers[0]; w.yields || w.hungry.IsZero() {
			t.Fatalf("it was not replaced: yields %v, was hungry at %v", w.yields, w.hungry)
		}
	}
}

// Where a worker gets nothing done, whether it yields or not, it is given up, and the hash
// is made here: after two times the limit, so that the request, which has 15 seconds, still
// has most of the rest.
func TestAStuckWorkerIsGivenUp(t *testing.T) {
	t.Parallel()
	if 2*workerLimit > 9*time.Second {
		t.Errorf("a worker has %s for a hash", workerLimit)
	}
	var log bytes.Buffer
	h := New(Config{AtOnce: 1, Command: []string{"/bin/sleep", "600"}, Log: slog.New(slog.NewTextHandler(&log, nil))})
	t.Cleanup(h.Close)
	if limit := h.workers[0].limit; limit != workerLimit {
		t.Errorf("a worker's limit is %s", limit)
	}
	h.workers[0].limit = 100 * time.Millisecond // both times it is the limit that ends it
	hash, err := h.Hash(t.Context(), "x")
	if err != nil || hash == "" {
		t.Fatal(hash, err)
	}
	if !strings.Contains(log.String(), "does not work") {
		t.Errorf("nobody was told: %q", log.String())
	}
}

func TestProcessorTime(t *testing.T) {
	t.Parallel()
	before, ok := processorTime(os.Getpid())
	for ok {
		_ = encode("x", salt()) // until it shows
		if now, _ := processorTime(os.Getpid()); now > before {
			return
		}
	}
	t.Error("a process' processor time cannot be read")
}
