package password

import (
	"bytes"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain is a worker, too: the tests start this program as one.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "work" {
		if err := Work(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func workers(t *testing.T, log *slog.Logger) *Hasher {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	h := New(Config{AtOnce: 1, Command: []string{path, "work"}, Log: log})
	t.Cleanup(h.Close)
	return h
}

// patient lets workers live however long they take: they do not yield, so that none
// starves on a busy machine, and are not given up.
func patient(h *Hasher) *Hasher {
	for _, w := range h.workers {
		w.limit, w.hungry = time.Minute, time.Now().Add(time.Hour)
	}
	return h
}

// However many sign in, a core is left to everybody else.
func TestHashingLeavesCores(t *testing.T) {
	t.Parallel()
	if n, cores := len(New(Config{}).workers), runtime.GOMAXPROCS(0); n < 1 || cores > 1 && n > cores/2 {
		t.Errorf("%d passwords are hashed at once on %d cores", n, cores)
	}
}

func TestWorkersAnswerAsThisProcess(t *testing.T) {
	t.Parallel()
	h, here := patient(workers(t, nil)), New(Config{})
	for _, password := range []string{"correct horse", "two\nlines", "\xff\x00 is no text", ""} {
		hash, err := h.Hash(t.Context(), password)
		if err != nil {
			t.Fatal(err)
		}
		for name, by := range map[string]*Hasher{"the worker": h, "this process": here} {
			if ok, stale, err := by.Verify(t.Context(), hash, password); !ok || stale || err != nil {
				t.Errorf("%q by %s: %v %v %v", password, name, ok, stale, err)
			}
			if ok, _, err := by.Verify(t.Context(), hash, password+"x"); ok || err != nil {
				t.Errorf("%q with an x by %s: %v %v", password, name, ok, err)
			}
		}
	}
	if ok, stale, err := h.Verify(t.Context(), firebaseHash, "user1password"); !ok || !stale || err != nil {
		t.Errorf("a hash from elsewhere: %v %v %v", ok, stale, err)
	}
	if h.workers[0].process == nil {
		t.Error("no worker was started")
	}
}

// A sign-in is answered whatever becomes of the worker, and the next one has another.
func TestAWorkerDies(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := patient(workers(t, slog.New(slog.NewTextHandler(&log, nil))))
	hash, err := h.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	first := h.workers[0].process.Process
	if err := first.Kill(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if ok, _, err := h.Verify(t.Context(), hash, "correct horse"); !ok || err != nil {
			t.Errorf("after its death: %v %v", ok, err)
		}
	}
	if now := h.workers[0].process; now == nil || now.Process.Pid == first.Pid {
		t.Error("nobody took its place")
	}
	if n := strings.Count(log.String(), "WARN"); n != 1 || strings.Contains(log.String(), "horse") {
		t.Errorf("the log: %s", log.String())
	}
}

func TestNoWorkerToBeHad(t *testing.T) {
	t.Parallel()
	h := New(Config{Command: []string{"/nowhere/plinth", "work"}})
	hash, err := h.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, err := h.Verify(t.Context(), hash, "correct horse"); !ok || err != nil {
		t.Errorf("%v %v", ok, err)
	}
}

// A worker that nobody needs ends, and so does one whose Hasher is closed.
func TestWorkersEnd(t *testing.T) {
	t.Parallel()
	h := patient(workers(t, nil))
	for name, end := range map[string]func(){"idle": h.workers[0].rest, "closed": h.Close} {
		if _, err := h.Hash(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
		p := h.workers[0].process
		if p == nil {
			t.Fatalf("%s: no worker was started", name)
		}
		end()
		if !p.ProcessState.Success() {
			t.Errorf("%s: it ended as %v", name, p.ProcessState)
		}
		h.workers[0].closed = false
	}
}
