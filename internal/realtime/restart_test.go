package realtime_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/realtime"
)

// severed is a database that a server does not reach any more once it was killed.
type severed struct {
	db.Driver
	off atomic.Bool
}

func (s *severed) Write(ctx context.Context, fn func(db.Conn) error) (db.Mark, error) {
	if s.off.Load() {
		return db.Mark{}, errors.New("killed")
	}
	return s.Driver.Write(ctx, fn)
}

// killable opens a world whose server can be killed, as far as its database can tell.
func killable(t *testing.T, engine string) (w *world, kill func()) {
	s := &severed{}
	w = openWith(t, engine, feedOnly, nil, func(d db.Driver) db.Driver { s.Driver = d; return s })
	return w, func() {
		s.off.Store(true)
		w.db = db.New(s.Driver)
	}
}

// written waits until a restart would find all that there is to know.
func (w *world) written() {
	w.t.Helper()
	for w.svc.Stats().Unwritten > 0 {
		runtime.Gosched()
	}
}

func (w *world) tick(from, to int) {
	w.t.Helper()
	for i := from; i <= to; i++ {
		w.exec(db.Owner, fmt.Sprintf(`insert into ticks values (%d)`, i))
	}
}

// until takes messages until the phone has n changes and was told so often of the past.
func (p *phone) until(n, told int) {
	p.w.t.Helper()
	p.read(func() bool { return len(p.got) >= n && len(p.told) >= told })
	if len(p.got) < n || len(p.told) < told {
		p.w.t.Fatalf("%s got %v and was told %q", p.session, p.got, p.told)
	}
}

func (p *phone) subscribed() {
	p.w.t.Helper()
	p.c.expect(`"*"`)
	if _, b := p.c.read(); !strings.Contains(string(b), "Subscribed") {
		p.w.t.Fatalf("got %s", b)
	}
}

// has checks what a phone got since it lost its connection, and what it was told.
func (p *phone) has(told string, rows ...int) {
	p.w.t.Helper()
	if !slices.Equal(p.got, rows) || len(p.told) != 1 || !strings.HasPrefix(p.told[0], told) {
		p.w.t.Errorf("%s got %v and was told %q, want %v and %q", p.session, p.got, p.told, rows, told)
	}
	p.got, p.told = nil, nil
}

const (
	fetch   = "Too much was missed, please fetch again"
	anyone  = "Resumed, "
	theSame = "the session of one phone"
)

// A client with a session comes back to a server that was started again and gets what it
// missed; who is new is told nothing.
func TestResumeAfterARestart(t *testing.T) {
	both(t, func(t *testing.T, engine string) {
		w := openOn(t, engine, feedOnly, nil)
		stays, gone := &phone{w: w, session: theSame}, &phone{w: w, session: "the session of another"}
		for _, p := range []*phone{stays, gone} {
			p.connect()
			p.subscribed()
		}
		w.tick(1, 2)
		stays.until(2, 0)
		gone.until(2, 0)
		stays.got, gone.got = nil, nil
		gone.lose()
		w.tick(3, 3)
		stays.until(1, 0)
		stays.got = nil
		done := make(chan struct{})
		go func() {
			defer close(done)
			w.svc.Stop()
		}()
		stays.read(func() bool { return false }) // a goodbye
		stays.c.nc.Close()
		<-done
		w.tick(4, 5)
		w.serve(nil)
		for _, p := range []*phone{stays, gone} {
			p.connect()
		}
		w.tick(6, 6)
		stays.until(3, 1)
		stays.has(anyone, 4, 5, 6)
		gone.until(4, 1)
		gone.has(anyone, 3, 4, 5, 6)
		fresh := &phone{w: w, session: "a session that is new"}
		fresh.connect()
		fresh.subscribed()
		w.tick(7, 7)
		fresh.until(1, 0)
		if len(fresh.told) > 0 {
			t.Errorf("who is new was told %q", fresh.told)
		}
	})
}

// A client with a session whose server was killed gets what it missed where that is known,
// and else is told to fetch again.
func TestResumeAfterAKill(t *testing.T) {
	both(t, func(t *testing.T, engine string) {
		w, kill := killable(t, engine)
		w.tick(1, 1)
		for w.svc.Stats().Changes == 0 { // the feed has it before anybody listens
			runtime.Gosched()
		}
		there, gone := &phone{w: w, session: theSame}, &phone{w: w, session: "the session of another"}
		for _, p := range []*phone{there, gone} {
			p.connect()
			p.subscribed()
		}
		gone.lose()
		for w.svc.Stats().Sessions > 1 {
			runtime.Gosched()
		}
		w.written()
		kill()
		w.serve(nil)
		w.tick(2, 3) // the dead one may have told of it: a connection does not end at once
		for _, p := range []*phone{there, gone} {
			p.connect()
			p.until(2, 1)
			p.has(anyone, 2, 3)
		}
		fresh := &phone{w: w, session: "a session that is new"}
		fresh.connect()
		fresh.subscribed()
		w.tick(4, 4)
		fresh.until(1, 0)
		if len(fresh.told) > 0 {
			t.Errorf("who is new was told %q", fresh.told)
		}
	})
}

// What a server told a client in its last moment is not known: it is told to fetch again,
// and gets no change twice.
func TestKilledServerLeavesDoubt(t *testing.T) {
	both(t, func(t *testing.T, engine string) {
		w, kill := killable(t, engine)
		p := &phone{w: w, session: theSame}
		p.connect()
		p.subscribed()
		w.written()
		kill()
		w.tick(1, 1)
		w.serve(nil)
		p.connect()
		p.until(0, 1)
		w.tick(2, 2)
		p.until(1, 1)
		p.has(fetch, 2)
	})
}

// What clients said to each other is not kept over a restart: who missed some of it is
// told, and who missed nothing is not.
func TestResumeBroadcastsAfterARestart(t *testing.T) {
	both(t, func(t *testing.T, engine string) {
		w := openOn(t, engine, feedOnly, nil)
		dial := func(session string) *client {
			c := w.dial("vsn=2.0.0&apikey=anon&session=" + session)
			c.say(`["1","1","realtime:t","phx_join",{"config":{"broadcast":{"ack":true},"presence":{"enabled":false}}}]`)
			c.expect(`["1","1","realtime:t","phx_reply","*"]`)
			return c
		}
		away, here := dial("session-of-who-is-away"), dial("session-of-who-is-here")
		away.nc.Close()
		for w.svc.Stats().Sessions > 1 {
			runtime.Gosched()
		}
		here.say(`["1","2","realtime:t","broadcast",{"type":"broadcast","event":"e","payload":{}}]`)
		here.expect(`["1","2","realtime:t","phx_reply","*"]`)
		here.nc.Close()
		w.svc.Stop()
		w.serve(func(c *realtime.Config) {})
		resumed := func(session, message string) {
			t.Helper()
			dial(session).expect(`["1",null,"realtime:t","system",{"channel":"t","extension":"resume","status":"ok","message":"` + message + `"}]`)
		}
		resumed("session-of-who-is-away", fetch)
		resumed("session-of-who-is-here", "Resumed, 0 messages were missed")
	})
}
