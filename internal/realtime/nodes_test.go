package realtime_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/bus"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/realtime"
	"github.com/plinth-dev/plinth/internal/realtime/mesh"
	"github.com/plinth-dev/plinth/internal/wire"
)

// nodes opens rooms on one database that hear each other.
func nodes(t *testing.T, n int, schema string, change func(*realtime.Config)) []*world {
	t.Helper()
	hub := bus.NewHub()
	var list []*world
	var buses []*bus.Bus
	for i := range n {
		b, err := bus.New(bus.Config{
			Node: fmt.Sprintf("n%d", i), Link: hub.Link(), Log: slog.New(slog.DiscardHandler), Beat: 50 * time.Millisecond, Dead: 500 * time.Millisecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		buses = append(buses, b)
		with := func(cfg *realtime.Config) {
			cfg.Bus = b
			if change != nil {
				change(cfg)
			}
		}
		if i == 0 {
			list = append(list, openOn(t, "sqlite", schema, with))
		} else {
			list = append(list, list[0].neighbour(with))
		}
		list[i].bus = b
		t.Cleanup(func() { _ = b.Close() })
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for _, b := range buses {
		for len(b.Peers()) < n-1 {
			<-tick.C
		}
	}
	return list
}

// neighbour is another node on w's database.
func (w *world) neighbour(change func(*realtime.Config)) *world {
	w.t.Helper()
	o := &world{t: w.t, db: w.db, ring: w.ring}
	cfg := realtime.Config{DB: w.db, Verify: w.verify}
	change(&cfg)
	var err error
	if o.svc, err = realtime.New(cfg); err != nil {
		w.t.Fatal(err)
	}
	if err := o.svc.Start(); err != nil {
		w.t.Fatal(err)
	}
	h := o.svc.Handler()
	o.srv = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(rw, wire.WithIdentity(r, o.identity(r.URL.Query().Get("apikey"))))
	}))
	w.t.Cleanup(func() {
		o.svc.Stop()
		o.srv.Close()
	})
	return o
}

func (w *world) user(n int) *client { return w.dial("vsn=2.0.0&apikey=" + w.token(n, time.Hour)) }

const plainJoin = `["1","1","realtime:room","phx_join",{"config":{"broadcast":{"ack":true},"presence":{"enabled":false}}}]`

// A broadcast reaches the members at every node, from a socket in either form and by
// HTTP, at once after the join's answer; a private one those who may hear it.
func TestBroadcastAcrossNodes(t *testing.T) {
	t.Parallel()
	list := nodes(t, 3, `create policy hear on realtime.messages for select to authenticated using (realtime.topic() like 'open%');
create policy say on realtime.messages for insert to authenticated with check (realtime.topic() like 'open%');`, nil)
	a, b, c := list[0].user(1), list[1].user(2), list[2].user(3)
	for i, cl := range []*client{a, b, c} {
		cl.say(plainJoin)
		cl.expect(`["1","1","realtime:room","phx_reply","*"]`)
		a.say(fmt.Sprintf(`["1","9","realtime:room","broadcast",{"type":"broadcast","event":"e","payload":{"n":%d}}]`, i))
		a.expect(`["1","9","realtime:room","phx_reply",{"status":"ok","response":{}}]`) // it is on its way
		for _, to := range []*client{b, c}[:i] {
			to.expect(fmt.Sprintf(`[null,null,"realtime:room","broadcast",{"type":"broadcast","event":"e","payload":{"n":%d}}]`, i))
		}
	}
	res, err := http.Post(list[1].srv.URL+"/api/broadcast?apikey="+list[1].token(1, time.Hour), "application/json",
		strings.NewReader(`{"messages":[{"topic":"room","event":"http","payload":{"x":1}}]}`))
	if err != nil || res.StatusCode != http.StatusAccepted {
		t.Fatalf("by HTTP: %v, %v", res, err)
	}
	res.Body.Close()
	for _, cl := range []*client{a, b, c} {
		cl.expect(`[null,null,"realtime:room","broadcast",{"event":"http","payload":{"x":1},"type":"broadcast"}]`)
	}
	for _, topic := range []string{"open", "closed"} {
		private := `["2","2","realtime:` + topic + `","phx_join",{"config":{"private":true,"presence":{"enabled":false}}}]`
		b.say(private)
		b.expect(`["2","2","realtime:` + topic + `","phx_reply","*"]`)
	}
	a.say(`["3","3","realtime:open","phx_join",{"config":{"private":true,"presence":{"enabled":false}}}]`)
	a.expect(`["3","3","realtime:open","phx_reply","*"]`)
	a.say(`["3",null,"realtime:open","broadcast",{"type":"broadcast","event":"e","payload":{}}]`)
	b.expect(`[null,null,"realtime:open","broadcast",{"type":"broadcast","event":"e","payload":{}}]`)
	c.quiet()
	a.quiet()
	b.quiet()
}

// Presence is one for all nodes: a newcomer is told everyone at once, others who came and
// went, and those of a node that died are gone.
func TestPresenceAcrossNodes(t *testing.T) {
	t.Parallel()
	list := nodes(t, 2, "", nil)
	a, b := list[0].user(1), list[1].user(2)
	join := func(key string) string {
		return `["1","1","realtime:room","phx_join",{"config":{"presence":{"enabled":true,"key":"` + key + `"}}}]`
	}
	meta := func(key, name string) string {
		return `{"` + key + `":{"metas":[{"name":"` + name + `","phx_ref":"*"}]}}`
	}
	a.say(join("a"))
	a.expect(`["1","1","realtime:room","phx_reply","*"]`)
	a.expect(`["1",null,"realtime:room","presence_state",{}]`)
	a.say(`["1","2","realtime:room","presence",{"type":"presence","event":"track","payload":{"name":"Ann"}}]`)
	a.expect(`[null,null,"realtime:room","presence_diff",{"joins":` + meta("a", "Ann") + `,"leaves":{}}]`)
	a.expect(`["1","2","realtime:room","phx_reply","*"]`)
	b.say(join("b"))
	b.expect(`["1","1","realtime:room","phx_reply","*"]`)
	b.expect(`["1",null,"realtime:room","presence_state",` + meta("a", "Ann") + `]`)
	b.say(`["1","2","realtime:room","presence",{"type":"presence","event":"track","payload":{"name":"Bob"}}]`)
	b.expect(`[null,null,"realtime:room","presence_diff",{"joins":` + meta("b", "Bob") + `,"leaves":{}}]`)
	b.expect(`["1","2","realtime:room","phx_reply","*"]`)
	a.expect(`[null,null,"realtime:room","presence_diff",{"joins":` + meta("b", "Bob") + `,"leaves":{}}]`)
	b.say(`["1","3","realtime:room","presence",{"type":"presence","event":"untrack"}]`)
	b.expect(`[null,null,"realtime:room","presence_diff",{"joins":{},"leaves":` + meta("b", "Bob") + `}]`)
	b.expect(`["1","3","realtime:room","phx_reply","*"]`)
	a.expect(`[null,null,"realtime:room","presence_diff",{"joins":{},"leaves":` + meta("b", "Bob") + `}]`)
	if err := list[0].bus.Close(); err != nil { // as if it had died, but for its clients
		t.Fatal(err)
	}
	b.expect(`[null,null,"realtime:room","presence_diff",{"joins":{},"leaves":` + meta("a", "Ann") + `}]`)
	b.quiet()
}

// A client that was cut off from one node and comes back to another gets what it missed,
// once; that one may not even know yet that it is gone.
func TestResumeAtAnotherNode(t *testing.T) {
	t.Parallel()
	list := nodes(t, 2, `create table notes (id int primary key); alter publication supabase_realtime add table notes;`, nil)
	dial := func(w *world) *client {
		c := w.dial("vsn=2.0.0&session=0123456789abcdef&apikey=" + w.token(1, time.Hour))
		c.say(`["1","1","realtime:room","phx_join",{"config":{"presence":{"enabled":false},"postgres_changes":[{"event":"INSERT","schema":"public","table":"notes"}]}}]`)
		c.expect(`["1","1","realtime:room","phx_reply","*"]`)
		c.expect(`["1",null,"realtime:room","system","*"]`)
		return c
	}
	insert := func(n int) { list[0].exec(db.Owner, fmt.Sprintf(`insert into notes values (%d)`, n)) }
	told := 0
	// tell reads until the client was told the next n rows, in order, and of a resumption.
	tell := func(c *client, n int, resumed bool) {
		t.Helper()
		for end := told + n; told < end || resumed; {
			_, frame := c.read()
			switch text := string(frame); {
			case resumed && strings.Contains(text, `"message":"Resumed, `):
				resumed = false
			case strings.Contains(text, fmt.Sprintf(`"record":{"id":%d}`, told+1)):
				told++
			default:
				t.Fatalf("after row %d came %s", told, text)
			}
		}
	}
	at := dial(list[0])
	insert(1)
	tell(at, 1, false)
	next := 2
	for i, w := range []*world{list[1], list[0], list[1], list[0]} {
		if i%2 == 0 { // else the old node finds out by the question
			at.nc.Close()
		}
		insert(next)
		insert(next + 1)
		if i%2 != 0 {
			tell(at, 2, false)
		}
		at = dial(w)
		if i%2 == 0 {
			tell(at, 2, true)
		} else {
			tell(at, 0, true)
		}
		insert(next + 2)
		tell(at, 1, false)
		next += 3
	}
	at.quiet()
}

// A client whose node died without a word is told to fetch again, at whichever node it
// comes back; one whose node ended in order goes on where it was.
func TestResumeAfterItsNodeIsGone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  func(w *world)
		want []string
	}{
		"it died":  {func(w *world) { _ = w.bus.Close() }, []string{`"message":"Too much was missed, please fetch again"`}},
		"it ended": {func(w *world) { w.svc.Stop(); _ = w.bus.Close() }, []string{`"record":{"id":2}`, `"record":{"id":3}`, `"message":"Resumed, 2 messages were missed"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list := nodes(t, 3, `create table notes (id int primary key); alter publication supabase_realtime add table notes;`, nil)
			dial := func(w *world) *client {
				c := w.dial("vsn=2.0.0&session=0123456789abcdef&apikey=" + w.token(1, time.Hour))
				c.say(`["1","1","realtime:room","phx_join",{"config":{"presence":{"enabled":false},"postgres_changes":[{"event":"INSERT","schema":"public","table":"notes"}]}}]`)
				c.expect(`["1","1","realtime:room","phx_reply","*"]`)
				c.expect(`["1",null,"realtime:room","system","*"]`)
				return c
			}
			insert := func(n int) { list[0].exec(db.Owner, fmt.Sprintf(`insert into notes values (%d)`, n)) }
			at := dial(list[1])
			insert(1)
			if _, frame := at.read(); !strings.Contains(string(frame), `"record":{"id":1}`) {
				t.Fatalf("%s", frame)
			}
			at.quiet() // the node knows that it came
			c.end(list[1])
			at.nc.Close()
			insert(2)
			insert(3)
			at = dial(list[2])
			for _, want := range c.want {
				if _, frame := at.read(); !strings.Contains(string(frame), want) {
					t.Fatalf("%s, want %s", frame, want)
				}
			}
			insert(4)
			if _, frame := at.read(); !strings.Contains(string(frame), `"record":{"id":4}`) {
				t.Fatalf("%s", frame)
			}
			at.quiet()
		})
	}
}

// elsewhere is another node's realtime, which says up to where it told a client.
type elsewhere struct{ at atomic.Pointer[db.Position] }

func (*elsewhere) Broadcast(mesh.Key, []byte)                       {}
func (*elsewhere) Own(mesh.Key) (list []mesh.Entry, ver uint64)     { return nil, 0 }
func (*elsewhere) Replace(mesh.Key, string, []mesh.Entry)           {}
func (*elsewhere) Apply(_ mesh.Key, _ string, _, _ []mesh.Entry)    {}
func (*elsewhere) Keep(_ string, _ mesh.Key, _ db.Position, _ bool) {}
func (*elsewhere) Sockets() int                                     { return 0 }
func (e *elsewhere) Recall(string, mesh.Key) (db.Position, time.Duration, bool) {
	at := e.at.Load()
	return *at, 0, *at != db.Position{}
}

// A node that stood still learns where its client is before it learns that the client's
// connection here has ended: where it comes back it goes on from what the other told it.
func TestResumeAfterAnotherNode(t *testing.T) {
	t.Parallel()
	const session = "0123456789abcdef"
	hub, quiet := bus.NewHub(), slog.New(slog.DiscardHandler)
	link := func(node string) *bus.Bus {
		b, err := bus.New(bus.Config{Node: node, Link: hub.Link(), Log: quiet, Beat: 50 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		return b
	}
	here, there, room := link("here"), link("there"), &elsewhere{}
	room.at.Store(&db.Position{})
	w := openOn(t, "sqlite", `create table notes (id int primary key); alter publication supabase_realtime add table notes;`, func(c *realtime.Config) { c.Bus = here })
	m, err := mesh.New(there, room, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for len(here.Peers()) == 0 || len(there.Peers()) == 0 {
		<-tick.C
	}
	dial := func() *client {
		c := w.dial("vsn=2.0.0&session=" + session + "&apikey=" + w.token(1, time.Hour))
		c.say(`["1","1","realtime:room","phx_join",{"config":{"presence":{"enabled":false},"postgres_changes":[{"event":"INSERT","schema":"public","table":"notes"}]}}]`)
		c.expect(`["1","1","realtime:room","phx_reply","*"]`)
		c.expect(`["1",null,"realtime:room","system","*"]`)
		return c
	}
	insert := func(n int) { w.exec(db.Owner, fmt.Sprintf(`insert into notes values (%d)`, n)) }
	want := func(c *client, text string) {
		t.Helper()
		if _, frame := c.read(); !strings.Contains(string(frame), text) {
			t.Fatalf("%s, want %s", frame, text)
		}
	}
	old := dial()
	insert(1)
	want(old, `"record":{"id":1}`)
	m.Sit(session, mesh.Key{Name: "room"})
	m.Recall(t.Context(), "another session", mesh.Key{Name: "room"}) // whoever answered has heard of it
	old.nc.Close()
	insert(2) // which the other node tells
	at, err := w.db.Position(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	room.at.Store(&at)
	insert(3)
	back := dial()
	want(back, `"record":{"id":3}`)
	want(back, `"message":"Resumed, 1 messages were missed"`)
	back.quiet()
}

// The limit of connections is that of all nodes together.
func TestConnectionLimitAcrossNodes(t *testing.T) {
	t.Parallel()
	list := nodes(t, 2, "", func(c *realtime.Config) { c.MaxConnections = 3 })
	list[0].user(1)
	list[0].user(2)
	list[0].user(3)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(10 * time.Second); ; {
		res, err := http.Get(list[1].srv.URL + "/websocket?vsn=2.0.0&apikey=" + list[1].token(4, time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusServiceUnavailable {
			return
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("the other node answers %d", res.StatusCode)
		}
	}
}
