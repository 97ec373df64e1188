package password

import (
	"context"
	"crypto/rand"
	"log/slog"
	"runtime"
	"sync/atomic"

	"github.com/plinth-dev/plinth/internal/fault"
)

// MaxLength of a password, in bytes; argon2 takes any, a bound keeps requests small.
const MaxLength = 256

const maxWaiting = 256 // who may wait for a hasher

// ErrBusy says that too many wait.
var ErrBusy = fault.New(fault.TooMany, "over_request_rate_limit", "Too many sign-ins at once, try again in a moment")

// Config of a Hasher.
type Config struct {
	AtOnce int // passwords hashed at once, 0 for half of the cores: the others stay everybody else's
	// Command runs Work on its standard input and output. Each hash takes a core for tens
	// of milliseconds and 19 MiB: in a process of its own, of low priority, that delays
	// nobody, neither by the scheduler nor by garbage collections. Empty: hashes are made
	// in this process.
	Command []string
	Log     *slog.Logger // nil for none
}

// Hasher bounds how many passwords are hashed at once.
type Hasher struct {
	workers []*worker
	free    chan *worker
	waiting chan struct{}
	dummy   string // costs what a real hash does; no password is known for it
	asked   atomic.Int64
}

// New returns a Hasher; its processes start when they are needed.
func New(cfg Config) *Hasher {
	n := cfg.AtOnce
	if n == 0 {
		n = max(1, runtime.GOMAXPROCS(0)/2)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	h := &Hasher{free: make(chan *worker, n), waiting: make(chan struct{}, maxWaiting), dummy: phc(salt(), random(argonKey))}
	for range n {
		w := &worker{command: cfg.Command, log: cfg.Log, limit: workerLimit}
		h.workers = append(h.workers, w)
		h.free <- w
	}
	return h
}

// Close ends the Hasher's processes. It may be called twice; what is asked afterwards is
// done in this one.
func (h *Hasher) Close() {
	for _, w := range h.workers {
		w.close()
	}
}

// Asked is how many hashes were asked for, to make or to compare with.
func (h *Hasher) Asked() int64 { return h.asked.Load() }

// Waiting is how many wait for a hasher now.
func (h *Hasher) Waiting() int { return len(h.waiting) }

// ask waits for a worker.
func (h *Hasher) ask(ctx context.Context, q question) (result, error) {
	h.asked.Add(1)
	select {
	case h.waiting <- struct{}{}:
	default:
		return result{}, ErrBusy
	}
	var w *worker
	select {
	case w = <-h.free:
		<-h.waiting
	case <-ctx.Done():
		<-h.waiting
		return result{}, ctx.Err()
	}
	defer func() { h.free <- w }()
	return w.ask(q), nil
}

// Hash returns the PHC string of a password.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	r, err := h.ask(ctx, question{Password: []byte(password)})
	return string(r.Hash), err
}

// Verify reports whether password has the hash, and whether the hash should be made
// anew. An empty hash takes as long as a real one, and is never right.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (ok, stale bool, err error) {
	known := Known(hash) == nil
	if !known {
		hash = h.dummy
	}
	r, err := h.ask(ctx, question{Check: true, Hash: []byte(hash), Password: []byte(password)})
	return known && r.OK, known && r.Stale, err
}

// Known says why a hash from elsewhere cannot be read, or nil.
func Known(hash string) error {
	_, err := read(hash)
	return err
}

func salt() []byte { return random(16) }

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}
