package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/bench/drive"
	"github.com/plinth-dev/plinth/bench/proc"
	"github.com/plinth-dev/plinth/bench/report"
	"github.com/plinth-dev/plinth/bench/target"
)

// mark stands once in every message; what follows it does not matter.
const mark = "benchmark-message"

// Group is the subscribers of one server.
type Group struct {
	server  *Server
	running *target.Running
	sockets []*socket
	post    *drive.Conn
	got     atomic.Int64
	want    atomic.Int64
	all     chan struct{} // that as many as wanted were got
	broken  atomic.Pointer[error]
	ending  atomic.Bool
	readers sync.WaitGroup
}

// Connect opens n subscribers, a few at a time.
func Connect(ctx context.Context, s *Server, r *target.Running, n int) (*Group, error) {
	g := &Group{server: s, running: r, all: make(chan struct{}, 1), sockets: make([]*socket, n)}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for i := next.Add(1) - 1; int(i) < n && ctx.Err() == nil && g.broken.Load() == nil; i = next.Add(1) - 1 {
				sock, err := s.join(r, int(i))
				if err != nil {
					g.fail(fmt.Errorf("subscriber %d: %w", i, err))
					return
				}
				g.sockets[i] = sock
				g.readers.Go(func() { g.read(sock) })
			}
		})
	}
	wg.Wait()
	var err error
	if g.post, err = drive.Dial(r.Addr); err == nil {
		err = errors.Join(ctx.Err(), g.err())
	}
	if err != nil {
		g.Close()
		return nil, fmt.Errorf("%w\n%s", err, r.Server.Log())
	}
	return g, nil
}

// Close ends all connections.
func (g *Group) Close() {
	g.ending.Store(true)
	for _, s := range g.sockets {
		if s != nil {
			_ = s.nc.Close() // it is ours alone
		}
	}
	if g.post != nil {
		_ = g.post.Close()
	}
	g.readers.Wait()
}

func (g *Group) fail(err error) { g.broken.CompareAndSwap(nil, &err) }

func (g *Group) err() error {
	if e := g.broken.Load(); e != nil {
		return *e
	}
	return nil
}

func (g *Group) read(s *socket) {
	for {
		frame, err := s.hear()
		if err != nil {
			if !g.ending.Load() {
				g.fail(err)
				g.wake()
			}
			return
		}
		if n := bytes.Count(frame, []byte(mark)); n > 0 {
			if g.got.Add(int64(n)) >= g.want.Load() {
				g.wake()
			}
		} else if reply := pong(frame); reply != "" {
			if err := s.say(reply); err != nil && !g.ending.Load() {
				g.fail(err)
			}
		}
	}
}

// pong answers the pings of Engine.IO and of Centrifugo.
func pong(frame []byte) string {
	switch string(frame) {
	case "2":
		return "3"
	case "{}":
		return "{}"
	}
	return ""
}

func (g *Group) wake() {
	select {
	case g.all <- struct{}{}:
	default:
	}
}

// Turn sends windows of messages until the time is over. The times of the sample are
// those from the first message of a window to its last delivery.
func (g *Group) Turn(ctx context.Context, window int, turn time.Duration) (report.Sample, error) {
	var times drive.Hist
	before, err := proc.CPU(g.running.PIDs()...)
	if err != nil {
		return report.Sample{}, err
	}
	_ = g.post.Close() // it has been idle, and the server may have closed it: the next use dials
	begin, from := time.Now(), g.got.Load()
	for time.Since(begin) < turn {
		at := time.Now()
		if err := g.window(ctx, window); err != nil {
			return report.Sample{}, fmt.Errorf("%w\n%s", err, g.running.Server.Log())
		}
		times.Add(time.Since(at))
	}
	took := time.Since(begin).Seconds()
	after, err := proc.CPU(g.running.PIDs()...)
	if err != nil {
		return report.Sample{}, err
	}
	done := float64(g.got.Load() - from)
	ms := func(q float64) float64 { return float64(times.Quantile(q).Microseconds()) / 1000 }
	return report.Sample{CPU: (after - before).Seconds() / done * 1000, Rate: done / took, P50: ms(0.5), P95: ms(0.95), P99: ms(0.99)}, nil
}

// window sends messages and waits until every subscriber has each of them.
func (g *Group) window(ctx context.Context, n int) error {
	want := g.want.Add(int64(n * len(g.sockets)))
	for _, req := range g.server.publish(g.running, n) {
		a, err := g.post.Do(&req)
		if err != nil {
			return err
		}
		if a.Status > 299 {
			return fmt.Errorf("%s: %d %.200s", req.Path, a.Status, a.Body)
		}
	}
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		if err := g.err(); err != nil {
			return err
		}
		if got := g.got.Load(); got > want {
			return fmt.Errorf("%d deliveries, %d more than were sent", got, got-want)
		} else if got == want {
			return nil
		}
		select {
		case <-g.all:
		case <-ctx.Done():
			return ctx.Err()
		case <-limit.C:
			return fmt.Errorf("%d of %d deliveries after %v", g.got.Load(), want, patience)
		}
	}
}

// Idle returns the memory that a connection costs the server.
func Idle(ctx context.Context, s *Server, r *target.Running, n int) (perConnection float64, err error) {
	before, err := proc.Mem(r.PIDs()...)
	if err != nil {
		return 0, err
	}
	g, err := Connect(ctx, s, r, n)
	if err != nil {
		return 0, err
	}
	defer g.Close()
	select { // what was only needed to connect may go
	case <-time.After(3 * time.Second):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	after, err := proc.Mem(r.PIDs()...)
	if err == nil {
		err = g.err()
	}
	return float64(after.PSS-before.PSS) / float64(n), err
}
