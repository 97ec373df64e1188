package password

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"
)

const (
	workerIdle  = time.Minute     // after which a worker that nobody needs ends
	workerLimit = 4 * time.Second // of one hash; after it there is time left for the request to have it here

	hungerLook  = 200 * time.Millisecond // how often a yielding worker is looked at
	hungerShare = 5                      // it starves with less than this part of a core
	hungerPause = time.Minute            // in which its successors do not yield
	yieldMark   = "PLINTH_WORKER_YIELDS=1"
)

// errStarved says that others took the processor while the worker yielded it.
var errStarved = errors.New("the worker got no processor")

// question is what a worker is asked: to hash Password, or, where Check is set, whether
// Hash is its hash. Texts are bytes, since a password need not be UTF-8.
type question struct {
	Check          bool
	Hash, Password []byte
}

// result is what a worker answers.
type result struct {
	Hash      []byte
	OK, Stale bool
}

func (q question) do() result {
	if !q.Check {
		return result{Hash: []byte(encode(string(q.Password), salt()))}
	}
	f, err := read(string(q.Hash))
	if err != nil {
		return result{}
	}
	ok := f.matches(string(q.Password))
	return result{OK: ok, Stale: ok && f.stale()}
}

// Work is a worker's life: it answers what it reads from in until that ends. It lowers
// its process' priority, and where it was told so and the system can, it hashes only
// while nobody else wants the processor: who wakes up has it at once, and not when the
// worker's turn is over. It leaves it to the server when to stop.
func Work(in io.Reader, out io.Writer) error {
	signal.Ignore(os.Interrupt, syscall.SIGTERM)
	lowerPriority()
	if slices.Contains(os.Environ(), yieldMark) {
		yield()
	}
	dec, enc := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var q question
		switch err := dec.Decode(&q); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := enc.Encode(q.do()); err != nil {
			return err
		}
	}
}

// worker hashes in a process of its own, which starts when it is needed and ends when it
// was not for a while. It is used by one goroutine at a time.
type worker struct {
	command []string
	log     *slog.Logger
	limit   time.Duration // of one hash

	mu      sync.Mutex
	process *exec.Cmd
	in      io.WriteCloser
	out     *json.Decoder
	idle    *time.Timer
	closed  bool
	warned  bool // of a process that does not work, until one does
	yields  bool // the process has the processor only while nobody else wants it
	hungry  time.Time
}

// ask has the question answered. Where there is no process to be had, or it dies, this
// one does the work.
func (w *worker) ask(q question) result {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || len(w.command) == 0 {
		return q.do()
	}
	var r result
	err := errStarved
	for range 2 {
		if !errors.Is(err, errStarved) {
			break
		}
		if err = w.start(); err != nil {
			break
		}
		if r, err = w.exchange(q); err == nil {
			w.warned = false
			return r
		}
		w.end()
	}
	if !w.warned {
		w.warned = true
		w.log.Warn("auth: a password is hashed in this process, since their own does not work", "error", err)
	}
	return q.do()
}

func (w *worker) start() error {
	yields := time.Since(w.hungry) > hungerPause
	if w.process != nil && w.yields != yields {
		w.end()
	}
	if w.process != nil {
		w.idle.Reset(workerIdle)
		return nil
	}
	c := exec.Command(w.command[0], w.command[1:]...)
	c.Env = []string{"GOMAXPROCS=1"} // and no secret of ours
	if yields {
		c.Env = append(c.Env, yieldMark)
	}
	ownGroup(c)
	in, err := c.StdinPipe()
	if err != nil {
		return err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	w.yields = yields
	w.process, w.in, w.out = c, in, json.NewDecoder(bufio.NewReader(out))
	w.idle = time.AfterFunc(workerIdle, w.rest)
	return nil
}

func (w *worker) exchange(q question) (r result, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), w.limit)
	defer cancel()
	process := w.process.Process
	stop := context.AfterFunc(ctx, func() { _ = process.Kill() })
	defer stop()
	if w.yields {
		fed := w.feed(ctx, process)
		defer func() {
			stop() // or the end of ctx would kill it
			cancel()
			if !<-fed {
				return
			}
			if w.hungry = time.Now(); err != nil {
				err = errStarved
			} else {
				w.end()
			}
		}()
	}
	if err = json.NewEncoder(w.in).Encode(q); err == nil {
		err = w.out.Decode(&r)
	}
	return r, err
}

// feed looks after a yielding process until ctx ends: where others want the whole
// machine it would never come to an end, so it is killed, and told so.
func (w *worker) feed(ctx context.Context, p *os.Process) <-chan bool {
	out := make(chan bool, 1)
	go func() {
		look := time.NewTicker(hungerLook)
		defer look.Stop()
		last, ok := processorTime(p.Pid)
		for ok {
			select {
			case <-ctx.Done():
				out <- errors.Is(ctx.Err(), context.DeadlineExceeded)
				return
			case <-look.C:
			}
			var now time.Duration
			now, ok = processorTime(p.Pid)
			if ok && now-last < hungerLook/hungerShare {
				_ = p.Kill()
				out <- true
				return
			}
			last = now
		}
		<-ctx.Done()
		out <- false
	}()
	return out
}

// end ends the process: it stops where its questions do, and is killed where it does not.
func (w *worker) end() {
	if w.process == nil {
		return
	}
	w.idle.Stop()
	_ = w.in.Close()
	process := w.process
	w.process = nil
	kill := time.AfterFunc(w.limit, func() { _ = process.Process.Kill() })
	defer kill.Stop()
	_ = process.Wait() // how it ended is nobody's concern
}

// rest ends a process that nobody needs.
func (w *worker) rest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.end()
}

func (w *worker) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.end()
}
