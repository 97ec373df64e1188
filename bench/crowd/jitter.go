package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

const (
	jittery   = 1000
	tickEvery = 50 * time.Millisecond
	away      = 2 * time.Second
)

// phone loses its connection every few seconds for two, and keeps what it was told.
type phone struct {
	n, next, drops int
	since          string // of those that say where they were; the others have a session
	positions      bool
	s              *socket
}

// world is what phones roam in.
type world struct {
	b     *bench
	addr  string
	last  int
	slots chan struct{} // handshakes at a time
}

// jitter writes rows for everybody while everybody comes and goes.
func (b *bench) jitter(ctx context.Context) error {
	p, stop, err := b.start(ctx)
	if err != nil {
		return err
	}
	defer stop()
	total := int(time.Duration(b.seconds) * time.Second * 2 / tickEvery)
	var ready, done sync.WaitGroup
	errs := make([]error, jittery)
	phones := make([]*phone, jittery)
	w := &world{b, p.Addr, total, make(chan struct{}, 16)}
	for i := range phones {
		ph := &phone{n: i, next: 1, positions: i%2 == 1}
		phones[i] = ph
		ready.Add(1)
		done.Go(func() {
			once := sync.OnceFunc(ready.Done)
			defer once()
			errs[i] = w.roam(ctx, ph, once)
		})
	}
	ready.Wait()
	u := since(p)
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for i := 1; i <= total && ctx.Err() == nil; i++ {
		if err := call(ctx, p.Addr, "/rest/v1/ticks", fmt.Appendf(nil, `{"id":%d}`, i)); err != nil {
			return err
		}
		<-tick.C
	}
	done.Wait()
	got, drops := 0, 0
	for _, ph := range phones {
		got, drops = got+ph.next-1, drops+ph.drops
	}
	fmt.Printf("jitter: %s\n", u.per(got))
	b.note(fmt.Sprintf("%d phones that lost their connections %d times for %s", jittery, drops, away), fmt.Sprintf("%d of %d changes arrived, in order and once", got, total*jittery),
		"all", got == total*jittery)
	return errors.Join(errs...)
}

// roam is one phone's life until it was told of the last row.
func (w *world) roam(ctx context.Context, ph *phone, ready func()) error {
	tok, err := w.b.token(ph.n)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		if err := ph.connect(w.addr, tok, w.slots); err != nil {
			return err
		}
		ready()
		end, err := ph.hear(w.last, time.Now().Add(time.Duration(2000+rand.IntN(4000))*time.Millisecond))
		if err != nil || end {
			_ = ph.s.nc.Close()
			return err
		}
		ph.drops++
		if !ph.positions { // a radio that goes: what is on its way arrives
			_ = ph.s.nc.CloseWrite()
			if end, err := ph.hear(w.last, time.Now().Add(patience)); err != nil || end {
				_ = ph.s.nc.Close()
				return err
			}
		}
		_ = ph.s.nc.Close()
		time.Sleep(away)
	}
	return ctx.Err()
}

func (ph *phone) connect(addr, tok string, slots chan struct{}) (err error) {
	slots <- struct{}{}
	defer func() { <-slots }()
	config, query := `{"presence":{"enabled":false},"postgres_changes":[{"event":"INSERT","schema":"public","table":"ticks"}]`, ""
	if ph.positions {
		config += `,"since":"` + ph.since + `"`
	} else {
		query = fmt.Sprintf("&session=the-session-of-phone-%d", ph.n)
	}
	if ph.s, err = dial(addr, ph.n, query); err != nil {
		return err
	}
	err = ph.s.join("t", config+"}", tok, `"phx_reply"`)
	if here := position(ph.s.buf); ph.since == "" {
		ph.since = here
	}
	if err == nil {
		err = ph.s.expect("Subscribed to PostgreSQL")
	}
	return err
}

// position is what a frame says of where the feed is.
func position(frame []byte) string {
	_, rest, _ := strings.Cut(string(frame), `"position":"`)
	here, _, _ := strings.Cut(rest, `"`)
	return here
}

// hear takes changes until the last one, a time, or the connection's end.
func (ph *phone) hear(last int, until time.Time) (end bool, err error) {
	for {
		_ = ph.s.nc.SetReadDeadline(until)
		b, err := ph.s.hear()
		if err != nil {
			return false, nil // lost, or enough
		}
		if strings.Contains(string(b), "Too much was missed") {
			return false, errors.New("a phone was told to fetch again")
		}
		id, ok := number(b, `"record":{"id":`)
		if !ok {
			continue
		}
		if int(id) != ph.next {
			return false, fmt.Errorf("phone %d (positions: %t) got %d instead of %d", ph.n, ph.positions, id, ph.next)
		}
		ph.next++
		ph.since = position(b)
		if int(id) == last {
			return true, nil
		}
	}
}
