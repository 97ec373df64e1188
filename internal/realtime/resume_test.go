package realtime_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/realtime"
)

const feedOnly = `create table ticks (id int primary key); alter publication supabase_realtime add table ticks;`

// phone is a client that loses its connection and comes back.
type phone struct {
	w        *world
	session  string
	since    string // of our own callers: the position of the last change
	explicit bool
	c        *client
	got      []int
	told     []string // about what was missed
}

func (p *phone) connect() {
	p.w.t.Helper()
	query := "vsn=2.0.0&apikey=service_role"
	extra := ""
	if p.explicit {
		extra = `,"since":"` + p.since + `"`
	} else {
		query += "&session=" + url.QueryEscape(p.session)
	}
	p.c = p.w.dial(query)
	p.c.say(`["1","1","realtime:t","phx_join",{"config":{"presence":{"enabled":false},"postgres_changes":[{"event":"INSERT","schema":"public","table":"ticks"}]` + extra + `}}]`)
}

// read takes messages until stop says so or the connection ends.
func (p *phone) read(stop func() bool) {
	for !stop() {
		_, b, err := p.c.next()
		if err != nil {
			return
		}
		var m [5]json.RawMessage
		var body struct {
			Extension, Message, Position string
			Response                     struct{ Position string }
			Data                         struct{ Record struct{ ID int } }
		}
		if json.Unmarshal(b, &m) != nil || json.Unmarshal(m[4], &body) != nil {
			continue
		}
		switch string(m[3]) {
		case `"postgres_changes"`:
			p.got = append(p.got, body.Data.Record.ID)
			p.since = body.Position
		case `"phx_reply"`:
			if p.since == "" {
				p.since = body.Response.Position
			}
		case `"system"`:
			if body.Extension == "resume" {
				p.told = append(p.told, body.Message)
			}
		}
	}
}

// lose ends the connection: those of our own callers at once, wherever they are; a
// client of a session hears what is on its way, as a phone does whose radio goes.
func (p *phone) lose() {
	if !p.explicit {
		_ = p.c.nc.(*net.TCPConn).CloseWrite()
		p.read(func() bool { return false })
	}
	p.c.nc.Close()
}

// Clients that lose their connections again and again get every change once and in order.
func TestResume(t *testing.T) {
	both(t, func(t *testing.T, engine string) {
		const rows, phones = 400, 8
		w := openOn(t, engine, feedOnly, nil)
		list := make([]*phone, phones)
		var ready, done sync.WaitGroup
		for i := range list {
			p := &phone{w: w, session: "the phone of user " + strconv.Itoa(i), explicit: i%2 == 1}
			list[i] = p
			p.connect()
			p.c.expect(`"*"`)
			_, b := p.c.read() // subscribed
			if !strings.Contains(string(b), "Subscribed") {
				t.Fatalf("got %s", b)
			}
			ready.Add(1)
			done.Go(func() {
				r := rand.New(rand.NewPCG(uint64(i), 1))
				ready.Done()
				for len(p.got) == 0 || p.got[len(p.got)-1] < rows {
					n := len(p.got) + 1 + r.IntN(30)
					p.read(func() bool { return len(p.got) >= n || len(p.got) > 0 && p.got[len(p.got)-1] == rows })
					if len(p.got) > 0 && p.got[len(p.got)-1] == rows {
						return
					}
					p.lose()
					p.connect()
				}
			})
		}
		ready.Wait()
		for i := 1; i <= rows; i++ {
			w.exec(db.Owner, fmt.Sprintf(`insert into ticks values (%d)`, i))
		}
		done.Wait()
		for _, p := range list {
			for i, id := range p.got {
				if id != i+1 {
					t.Fatalf("%s (since: %t) got %d as its number %d: %v", p.session, p.explicit, id, i+1, p.got[max(0, i-5):min(len(p.got), i+5)])
				}
			}
			if len(p.told) == 0 && !p.explicit {
				t.Errorf("%s never came back", p.session)
			}
		}
	})
}

// Clients that lose their connections again and again get every broadcast of the others
// once and in order, in both versions of the protocol, and none of their own.
func TestResumeBroadcasts(t *testing.T) {
	t.Parallel()
	const casts, phones = 300, 4
	w := open(t, "", nil)
	join := `{"config":{"broadcast":{"ack":true},"presence":{"enabled":false}}}`
	speaker := w.dial("vsn=2.0.0&apikey=anon&session=the-session-of-the-speaker")
	speaker.say(`["1","1","realtime:t","phx_join",` + join + `]`)
	speaker.expect(`["1","1","realtime:t","phx_reply","*"]`)
	number := regexp.MustCompile(`"payload":\{"n":(\d+)\}`)
	var ready, done sync.WaitGroup
	for i := range phones {
		vsn := "2.0.0"
		if i%2 == 1 {
			vsn = "1.0.0"
		}
		connect := func() *client {
			c := w.dial("vsn=" + vsn + "&apikey=anon&session=" + url.QueryEscape("the phone of user "+strconv.Itoa(i)))
			if vsn == "2.0.0" {
				c.say(`["1","1","realtime:t","phx_join",` + join + `]`)
			} else {
				c.say(`{"join_ref":"1","ref":"1","topic":"realtime:t","event":"phx_join","payload":` + join + `}`)
			}
			return c
		}
		ready.Add(1)
		done.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 2))
			c, last, back, told := connect(), 0, 0, 0
			take := func(b []byte) {
				if strings.Contains(string(b), "messages were missed") {
					told++
				}
				if m := number.FindSubmatch(b); m != nil {
					n, _ := strconv.Atoi(string(m[1]))
					if n != last+1 {
						t.Errorf("phone %d got %d after %d", i, n, last)
					}
					last = n
				}
			}
			c.read() // the join's answer
			ready.Done()
			for last < casts {
				for end := last + 1 + r.IntN(20); last < end && last < casts; {
					_, b, err := c.next()
					if err != nil {
						t.Errorf("phone %d, after %d: %v", i, last, err)
						return
					}
					take(b)
				}
				if last == casts {
					break
				}
				_ = c.nc.(*net.TCPConn).CloseWrite() // what is on its way arrives
				for {
					_, b, err := c.next()
					if err != nil {
						break
					}
					take(b)
				}
				c.nc.Close()
				c, back = connect(), back+1
			}
			if back == 0 || told == 0 {
				t.Errorf("phone %d came back %d times and was told so %d times", i, back, told)
			}
		})
	}
	ready.Wait()
	for n := 1; n <= casts; n++ {
		speaker.say(fmt.Sprintf(`["1","%d","realtime:t","broadcast",{"type":"broadcast","event":"e","payload":{"n":%d}}]`, n, n))
		speaker.expect(fmt.Sprintf(`["1","%d","realtime:t","phx_reply","*"]`, n))
	}
	done.Wait()
	// The speaker comes back: of its own it hears nothing.
	speaker.nc.Close()
	speaker = w.dial("vsn=2.0.0&apikey=anon&session=the-session-of-the-speaker")
	speaker.say(`["2","1","realtime:t","phx_join",` + join + `]`)
	speaker.expect(`["2","1","realtime:t","phx_reply","*"]`)
	speaker.expect(`["2",null,"realtime:t","system",{"channel":"t","extension":"resume","status":"ok","message":"Resumed, 0 messages were missed"}]`)
}

// More broadcasts than are kept are said to be lost; what nobody comes back for is not kept.
func TestResumeBroadcastsLost(t *testing.T) {
	t.Parallel()
	w := open(t, "", func(c *realtime.Config) {
		c.MaxEvents, c.Recheck, c.Resume = 100_000, 10*time.Millisecond, 3*time.Second
	})
	const join = `["1","1","realtime:t","phx_join",{"config":{"presence":{"enabled":false}}}]`
	dial := func(session string) *client {
		c := w.dial("vsn=2.0.0&apikey=anon" + session)
		c.say(join)
		c.expect(`["1","1","realtime:t","phx_reply","*"]`)
		return c
	}
	phone, other := dial("&session=0123456789abcdef"), dial("")
	phone.nc.Close()
	for range 1001 {
		other.say(`["1",null,"realtime:t","broadcast",{"type":"broadcast","event":"e","payload":{}}]`)
	}
	other.say(`["1","9","realtime:t","presence",{"type":"presence","event":"untrack"}]`) // its answer comes after all that was said
	other.expect(`["1","9","realtime:t","phx_reply","*"]`)
	phone = dial("&session=0123456789abcdef")
	phone.expect(`["1",null,"realtime:t","system",{"channel":"t","extension":"resume","status":"ok","message":"Too much was missed, please fetch again"}]`)
	phone.nc.Close()
	other.nc.Close()
	for end := time.Now().Add(time.Minute); w.svc.Stats().Topics > 0; {
		if time.Now().After(end) {
			t.Fatal("the topic is kept for ever")
		}
		runtime.Gosched()
	}
}

// Who was away for too long is told so, and so is who names a place that is not kept.
func TestResumeTooLate(t *testing.T) {
	t.Parallel()
	w := open(t, feedOnly, func(c *realtime.Config) { c.Resume = time.Nanosecond })
	joined := func(p *phone) (reply any) {
		t.Helper()
		p.connect()
		reply = p.c.expect(`["1","1","realtime:t","phx_reply",{"status":"ok","response":"*"}]`)
		p.c.expect(`["1",null,"realtime:t","system",{"channel":"t","extension":"postgres_changes","status":"ok","message":"Subscribed to PostgreSQL"}]`)
		return reply
	}
	const late = `["1",null,"realtime:t","system",{"channel":"t","extension":"resume","status":"ok","message":"Too much was missed, please fetch again"}]`
	kept := &phone{w: w, session: "a session of its own"}
	joined(kept)
	own := &phone{w: w, explicit: true}
	own.since = joined(own).([]any)[4].(map[string]any)["response"].(map[string]any)["position"].(string)
	w.exec(db.Owner, `insert into ticks values (1)`)
	// Both come back while the server thinks that they are still there.
	for _, p := range []*phone{kept, own, {w: w, explicit: true, since: "77:1"}} {
		joined(p)
		p.c.expect(late)
	}
	bad := &phone{w: w, explicit: true, since: "x"}
	bad.connect()
	bad.c.expect(`["1","1","realtime:t","phx_reply",{"status":"error","response":{"reason":"InvalidJoinPayload: since must be epoch:seq, a position that a change was told with"}}]`)
}

// Broadcasts from the database can be had again by who joins later.
func TestReplay(t *testing.T) {
	both(t, func(t *testing.T, engine string) {
		w := openOn(t, engine, spread, nil)
		for i := range 4 {
			w.exec(db.Owner, fmt.Sprintf(`select realtime.send('{"n":%d,"id":"x"}', 'e', 'room:a')`, i))
		}
		c := w.dial("vsn=2.0.0&apikey=" + w.token(1, time.Hour))
		c.say(`["1","1","realtime:room:a","phx_join",{"config":{"private":true,"presence":{"enabled":false},"broadcast":{"replay":{"since":1000,"limit":2}}}}]`)
		c.expect(`["1","1","realtime:room:a","phx_reply",{"status":"ok","response":{"postgres_changes":[]}}]`)
		for i := 2; i < 4; i++ {
			c.expect(fmt.Sprintf(`[null,null,"realtime:room:a","broadcast",{"event":"e","type":"broadcast","meta":{"id":"*","replayed":true},"payload":{"n":%d,"id":"x"}}]`, i))
		}
		w.exec(db.Owner, `select realtime.send('{"id":"x"}', 'live', 'room:a')`)
		c.expect(`[null,null,"realtime:room:a","broadcast",{"event":"live","type":"broadcast","meta":{"id":"*"},"payload":{"id":"x"}}]`)
		c.say(`["2","2","realtime:room:b","phx_join",{"config":{"broadcast":{"replay":{"since":1000}}}}]`)
		c.expect(`["2","2","realtime:room:b","phx_reply",{"status":"error","response":{"reason":"UnableToReplayMessages: Replay is for private channels, with since in milliseconds and a limit of 1 to 25"}}]`)
	})
}

// Broadcasts from the database are removed after three days.
func TestOldBroadcastsAreSwept(t *testing.T) {
	both(t, func(t *testing.T, engine string) {
		const old = `insert into realtime.messages (topic, extension, event, inserted_at) values ('a', 'broadcast', 'old', now() - interval '73 hours'), ('a', 'broadcast', 'new', now() - interval '71 hours');`
		w := openOn(t, engine, old, func(c *realtime.Config) { c.Recheck = time.Millisecond })
		for left := "two"; left != "new"; {
			rows, err := w.db.Query(t.Context(), db.Owner, `select string_agg(event, ' ' order by event) from realtime.messages`)
			if err != nil {
				t.Fatal(err)
			}
			rows.Next()
			left = rows.Value(0).S
			rows.Close()
			w.svc.Stats() // and let others run
		}
	})
}
