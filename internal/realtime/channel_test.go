package realtime_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/realtime"
	"github.com/plinth-dev/plinth/internal/token"
)

func TestHandshake(t *testing.T) {
	t.Parallel()
	w := open(t, "", func(c *realtime.Config) { c.MaxConnections = 1 })
	get := func(query string, head ...string) string {
		t.Helper()
		r, _ := http.NewRequest("GET", w.srv.URL+"/websocket?"+query, nil)
		for i := 0; i < len(head); i += 2 {
			r.Header.Set(head[i], head[i+1])
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		return resp.Status[:3] + " " + strings.TrimSpace(string(b))
	}
	for _, c := range []struct{ query, want string }{
		{"", `401 {"error":"API key is missing","message":"API key is missing"}`},
		{"apikey=a.b.c", `401 {"error":`},
		{"apikey=anon&vsn=3.0.0", `400 {"error":"vsn must be`},
		{"apikey=anon", `400 {"error":"this address speaks WebSocket only"`},
	} {
		if got := get(c.query); !strings.HasPrefix(got, c.want) {
			t.Errorf("%q: %s, want %s", c.query, got, c.want)
		}
	}
	if got := get("apikey=anon", "Connection", "upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "8"); !strings.HasPrefix(got, "426") {
		t.Errorf("version 8: %s", got)
	}
	w.dial("apikey=anon")
	if got := get("apikey=anon"); !strings.HasPrefix(got, "429") {
		t.Errorf("one too many: %s", got)
	}
}

func TestVersionOne(t *testing.T) {
	t.Parallel()
	w := open(t, "", nil)
	c := w.dial("apikey=anon")
	c.say(`{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"7"}`)
	c.expect(`{"event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"7","topic":"phoenix"}`)
	c.say(`{"topic":"realtime:r","event":"phx_join","payload":{},"ref":"1","join_ref":"1"}`)
	c.expect(`{"event":"phx_reply","payload":{"status":"ok","response":{"postgres_changes":[]}},"ref":"1","topic":"realtime:r"}`)
	c.expect(`{"event":"presence_state","payload":{},"ref":null,"topic":"realtime:r"}`)
	c.say(`{"topic":"realtime:r","event":"phx_leave","payload":{},"ref":"2"}`)
	c.expect(`{"event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"2","topic":"realtime:r"}`)
	c.expect(`{"event":"phx_close","payload":{},"ref":"1","topic":"realtime:r"}`)
	c.say(`{"topic":"realtime:r","event":"broadcast","payload":{},"ref":"3"}`)
	c.expect(`{"event":"phx_reply","payload":{"status":"error","response":{"reason":"unmatched topic"}},"ref":"3","topic":"realtime:r"}`)
	c.say(`what`)
	if op, b := c.read(); op != 8 || len(b) < 2 || int(b[0])<<8|int(b[1]) != 1002 {
		t.Errorf("nonsense was answered with %d %q", op, b)
	}
}

func TestJoinErrors(t *testing.T) {
	t.Parallel()
	no := false
	w := open(t, "", func(c *realtime.Config) { c.MaxChannels, c.PublicAccess = 1, &no })
	c := w.dial("vsn=2.0.0&apikey=service_role")
	for _, x := range []struct{ topic, payload, reason string }{
		{"realtime:", `{}`, "TopicNameRequired: You must provide a topic name"},
		{"other:a", `{}`, "TopicNameRequired: You must provide a topic name"},
		{"realtime:a", `{"config":1}`, "InvalidJoinPayload: The join payload is not what it should be"},
		{"realtime:a", `{}`, "PrivateOnly: This project only allows private channels"},
		{"realtime:a", `{"config":{"private":true},"access_token":"nonsense"}`, "MalformedJWT: The token provided is not a valid JWT"},
		{"realtime:a", `{"config":{"private":true},"access_token":"` + w.token(1, -time.Hour) + `"}`, "InvalidJWTToken: Token has expired"},
		{"realtime:a", `{"config":{"private":true},"access_token":"` + w.token(1, time.Hour) + `"}`, "Unauthorized: You do not have permissions to read from this Channel topic: a"},
	} {
		c.say(`["1","1","` + x.topic + `","phx_join",` + x.payload + `]`)
		c.expect(`["1","1","` + x.topic + `","phx_reply",{"status":"error","response":{"reason":"` + x.reason + `"}}]`)
	}
	c.say(`["1","1","realtime:a","phx_join",{"config":{"private":"true","presence":{"enabled":false}}}]`)
	c.expect(`["1","1","realtime:a","phx_reply",{"status":"ok","response":{"postgres_changes":[]}}]`)
	c.say(`["2","2","realtime:b","phx_join",{"config":{"private":true}}]`)
	c.expect(`["2","2","realtime:b","phx_reply",{"status":"error","response":{"reason":"ChannelRateLimitReached: Too many channels"}}]`)
	c.say(`["3","3","realtime:a","phx_join",{"config":{"private":true,"presence":{"enabled":false}}}]`)
	c.expect(`["1","1","realtime:a","phx_close",{}]`)
	c.expect(`["3","3","realtime:a","phx_reply",{"status":"ok","response":{"postgres_changes":[]}}]`)
}

// join enters a topic without presence and takes the reply off.
func (c *client) join(topic, config string) {
	c.t.Helper()
	c.say(`["1","1","realtime:` + topic + `","phx_join",{"config":{"presence":{"enabled":false}` + config + `}}]`)
	c.expect(`["1","1","realtime:` + topic + `","phx_reply",{"status":"ok","response":"*"}]`)
}

func TestBroadcast(t *testing.T) {
	t.Parallel()
	w := open(t, "", func(c *realtime.Config) { c.MaxPayload = 100 })
	a, b, old := w.dial("vsn=2.0.0&apikey=anon"), w.dial("vsn=2.0.0&apikey=anon"), w.dial("apikey=anon")
	a.join("r", `,"broadcast":{"self":true,"ack":true}`)
	b.join("r", "")
	old.say(`{"topic":"realtime:r","event":"phx_join","payload":{"config":{"presence":{"enabled":false}}},"ref":"1"}`)
	old.expect(`{"event":"phx_reply","payload":"*","ref":"1","topic":"realtime:r"}`)

	a.say(`["1","2","realtime:r","broadcast",{"type":"broadcast","event":"e","payload":{"x":1}}]`)
	for _, c := range []*client{a, b} {
		c.expect(`[null,null,"realtime:r","broadcast",{"type":"broadcast","event":"e","payload":{"x":1}}]`)
	}
	a.expect(`["1","2","realtime:r","phx_reply",{"status":"ok","response":{}}]`)
	old.expect(`{"event":"broadcast","payload":{"type":"broadcast","event":"e","payload":{"x":1}},"ref":null,"topic":"realtime:r"}`)

	b.frame(2, []byte("\x03\x01\x01\x0a\x02\x00\x0113realtime:rev{\"y\":2}"))
	if op, got := a.read(); op != 2 || string(got) != "\x04\x0a\x02\x00\x01realtime:rev{\"y\":2}" {
		t.Errorf("got %d %q", op, got)
	}
	old.expect(`{"event":"broadcast","payload":{"type":"broadcast","event":"ev","payload":{"y":2}},"ref":null,"topic":"realtime:r"}`)
	b.frame(2, []byte("\x03\x01\x01\x0a\x02\x00\x0013realtime:rev\xff\xfe"))
	if op, got := a.read(); op != 2 || string(got) != "\x04\x0a\x02\x00\x00realtime:rev\xff\xfe" {
		t.Errorf("got %d %q", op, got)
	}
	a.say(`["1","4","realtime:r","broadcast",{"type":"broadcast","event":"e","payload":"` + strings.Repeat("x", 100) + `"}]`)
	a.expect(`["1","4","realtime:r","phx_reply",{"status":"error","response":{"reason":"payload_size_exceeded"}}]`)
	b.quiet()

	post := func(path, kind, body string) int {
		t.Helper()
		resp, err := http.Post(w.srv.URL+path, kind, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	for _, c := range []struct {
		path, kind, body string
		want             int
	}{
		{"/api/broadcast?apikey=anon", "application/json", `{"messages":[{"topic":"r","event":"h","payload":{"z":3}},{"topic":"nobody","event":"h","payload":{}},{"topic":"r","event":"h","payload":{},"private":true}]}`, 202},
		{"/api/broadcast?apikey=anon", "application/json", `{"messages":[{"topic":"","event":"h"}]}`, 422},
		{"/api/broadcast?apikey=anon", "application/json", `[`, 422},
		{"/api/broadcast/r/events/one?apikey=anon", "application/json", `[4]`, 202},
		{"/api/broadcast/r/events/one?apikey=anon", "text/plain", `[4]`, 415},
		{"/api/broadcast/r/events/bin?apikey=anon", "application/octet-stream", "\xff", 202},
	} {
		if got := post(c.path, c.kind, c.body); got != c.want {
			t.Errorf("POST %s %s: %d, want %d", c.path, c.body, got, c.want)
		}
	}
	b.expect(`[null,null,"realtime:r","broadcast",{"type":"broadcast","event":"h","payload":{"z":3}}]`)
	b.expect(`[null,null,"realtime:r","broadcast",{"type":"broadcast","event":"one","payload":[4]}]`)
	if op, got := b.read(); op != 2 || string(got) != "\x04\x0a\x03\x00\x00realtime:rbin\xff" {
		t.Errorf("got %d %q", op, got)
	}
}

func TestPresence(t *testing.T) {
	t.Parallel()
	w := open(t, "", nil)
	a, b := w.dial("vsn=2.0.0&apikey=anon"), w.dial("vsn=2.0.0&apikey=anon")
	join := func(c *client, key string) {
		t.Helper()
		c.say(`["1","1","realtime:p","phx_join",{"config":{"presence":{"key":"` + key + `"}}}]`)
		c.expect(`["1","1","realtime:p","phx_reply",{"status":"ok","response":{"postgres_changes":[]}}]`)
	}
	join(a, "ann")
	a.expect(`["1",null,"realtime:p","presence_state",{}]`)
	a.say(`["1","2","realtime:p","presence",{"type":"presence","event":"track","payload":{"on":1}}]`)
	a.expect(`[null,null,"realtime:p","presence_diff",{"joins":{"ann":{"metas":[{"on":1,"phx_ref":"*"}]}},"leaves":{}}]`)
	a.expect(`["1","2","realtime:p","phx_reply",{"status":"ok","response":{}}]`)
	join(b, "bob")
	b.expect(`["1",null,"realtime:p","presence_state",{"ann":{"metas":[{"on":1,"phx_ref":"*"}]}}]`)
	b.say(`["1","2","realtime:p","presence",{"type":"presence","event":"track","payload":{}}]`)
	for _, c := range []*client{a, b} {
		c.expect(`[null,null,"realtime:p","presence_diff",{"joins":{"bob":{"metas":[{"phx_ref":"*"}]}},"leaves":{}}]`)
	}
	a.say(`["1","3","realtime:p","presence",{"type":"presence","event":"track","payload":{"on":2}}]`)
	a.expect(`[null,null,"realtime:p","presence_diff",{"joins":{"ann":{"metas":[{"on":2,"phx_ref":"*","phx_ref_prev":"*"}]}},"leaves":{"ann":{"metas":[{"on":1,"phx_ref":"*"}]}}}]`)
	a.expect(`["1","3","realtime:p","phx_reply",{"status":"ok","response":{}}]`)
	b.nc.Close()
	a.expect(`[null,null,"realtime:p","presence_diff",{"joins":{},"leaves":{"bob":{"metas":[{"phx_ref":"*"}]}}}]`)
	a.say(`["1","4","realtime:p","presence",{"type":"presence","event":"untrack"}]`)
	a.expect(`[null,null,"realtime:p","presence_diff",{"joins":{},"leaves":{"ann":{"metas":[{"on":2,"phx_ref":"*","phx_ref_prev":"*"}]}}}]`)
}

func TestPrivateChannels(t *testing.T) {
	t.Parallel()
	w := open(t, `
create table members (topic text, who uuid, writes boolean, primary key (topic, who));
grant select on members to authenticated;
insert into members values ('room', '`+uid(1)+`', true), ('room', '`+uid(2)+`', false);
create policy read on realtime.messages for select to authenticated using (
  exists (select 1 from members m where m.topic = realtime.topic() and m.who = (select auth.uid())) and extension = 'broadcast');
create policy write on realtime.messages for insert to authenticated with check (
  exists (select 1 from members m where m.topic = (select realtime.topic()) and m.who = auth.uid() and m.writes));
`, nil)
	dial := func(n int) *client {
		c := w.dial("vsn=2.0.0&apikey=anon")
		c.say(`["1","1","realtime:room","phx_join",{"access_token":"` + w.token(n, time.Hour) + `","config":{"private":true,"broadcast":{"ack":true}}}]`)
		return c
	}
	writer, reader, stranger := dial(1), dial(2), dial(3)
	for _, c := range []*client{writer, reader} {
		c.expect(`["1","1","realtime:room","phx_reply",{"status":"ok","response":{"postgres_changes":[]}}]`)
	}
	stranger.expect(`["1","1","realtime:room","phx_reply",{"status":"error","response":{"reason":"Unauthorized: You do not have permissions to read from this Channel topic: room"}}]`)
	for _, c := range []*client{reader, writer} {
		c.say(`["1","2","realtime:room","broadcast",{"type":"broadcast","event":"e","payload":{}}]`)
		c.expect(`["1","2","realtime:room","phx_reply",{"status":"ok","response":{}}]`)
	}
	reader.expect(`[null,null,"realtime:room","broadcast",{"type":"broadcast","event":"e","payload":{}}]`)
	writer.quiet() // the reader's broadcast went nowhere
	if got := w.count(`select count(*) from realtime.messages`); got != "0" {
		t.Errorf("%s messages were left behind", got)
	}
	w.exec(db.Owner, `delete from members where writes = false`)
	reader.say(`["1","3","realtime:room","access_token",{"access_token":"` + w.token(2, 2*time.Hour) + `"}]`)
	reader.expect(`["1",null,"realtime:room","system",{"channel":"room","extension":"system","status":"error","message":"Unauthorized: You do not have permissions to read from this Channel topic: room"}]`)
	reader.expect(`["1","1","realtime:room","phx_close",{}]`)
}

func TestStopAndLimits(t *testing.T) {
	t.Parallel()
	w := open(t, "", func(c *realtime.Config) { c.MaxEvents = 2; c.MaxPresence = 1; c.MaxJoins = 2 })
	c := w.dial("vsn=2.0.0&apikey=anon")
	c.join("a", "")
	c.join("b", "")
	c.say(`["1","1","realtime:c","phx_join",{}]`)
	c.expect(`["1","1","realtime:c","phx_reply",{"status":"error","response":{"reason":"ClientJoinRateLimitReached: Too many joins per second"}}]`)
	for range 2 {
		c.say(`["1",null,"realtime:a","presence",{"type":"presence","event":"untrack"}]`)
	}
	c.expect(`["1",null,"realtime:a","system",{"channel":"a","extension":"system","status":"error","message":"ClientPresenceRateLimitReached: Too many presence messages"}]`)
	c.expect(`["1","1","realtime:a","phx_close",{}]`)
	c.say(`["1",null,"realtime:b","broadcast",{}]`)
	c.expect(`["1",null,"realtime:b","system",{"channel":"b","extension":"system","status":"error","message":"ClientEventRateLimitReached: Too many messages per second"}]`)
	c.expect(`["1","1","realtime:b","phx_close",{}]`)
	go func() { // the client's half of the goodbye
		w.svc.Stop()
	}()
	if op, b := c.read(); op != 8 || string(b) != "\x03\xe9going away" {
		t.Errorf("got %d %q", op, b)
	}
	c.nc.Close()
}

func (w *world) count(sql string) string {
	w.t.Helper()
	rows, err := w.db.Query(w.t.Context(), db.Owner, sql)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	rows.Next()
	b, _ := rows.AppendText(nil, 0)
	return string(b)
}

func TestTokenEnds(t *testing.T) {
	t.Parallel()
	var over atomic.Bool
	w := open(t, "", func(c *realtime.Config) {
		verify := c.Verify
		c.Recheck = 5 * time.Millisecond
		c.Verify = func(tok string) (*token.Claims, error) {
			if over.Load() {
				return nil, token.ErrExpired
			}
			return verify(tok)
		}
	})
	c := w.dial("vsn=2.0.0&apikey=" + w.token(1, -time.Second)) // clocks may differ so much
	c.join("a", "")
	c.quiet()
	over.Store(true)
	c.expect(`["1",null,"realtime:a","system",{"channel":"a","extension":"system","status":"error","message":"Token has expired"}]`)
	c.expect(`["1","1","realtime:a","phx_close",{}]`)
	c.say(`["2","2","realtime:a","phx_join",{}]`)
	c.expect(`["2","2","realtime:a","phx_reply",{"status":"error","response":{"reason":"InvalidJWTToken: Token has expired"}}]`)
}

func TestTableIsPublishedLater(t *testing.T) {
	t.Parallel()
	w := open(t, `create table later (id int primary key);`, func(c *realtime.Config) { c.Recheck = 5 * time.Millisecond })
	c := w.dial("vsn=2.0.0&apikey=anon")
	c.join("a", `,"postgres_changes":[{"event":"*","schema":"public","table":"later"}]`)
	c.expect(`["1",null,"realtime:a","system",{"channel":"a","extension":"postgres_changes","status":"error","message":"*"}]`)
	w.script(`alter publication supabase_realtime add table later;`)
	c.expect(`["1",null,"realtime:a","system",{"channel":"a","extension":"postgres_changes","status":"ok","message":"Subscribed to PostgreSQL"}]`)
	w.exec(db.Owner, `insert into later values (1)`)
	c.expect(`[null,null,"realtime:a","postgres_changes",{"ids":"*","data":"*"}]`)
}

// Drain closes sockets one after the other with a code that says come back, and takes no
// new ones.
func TestDrainSpreadsReconnects(t *testing.T) {
	t.Parallel()
	w := open(t, "", nil)
	clients := make([]*client, 5)
	for i := range clients {
		clients[i] = w.dial("vsn=2.0.0&apikey=anon")
		clients[i].quiet()
	}
	done := make(chan struct{})
	go func() { w.svc.Drain(t.Context(), 50*time.Millisecond); close(done) }()
	for _, c := range clients {
		if op, b := c.read(); op != 8 || int(b[0])<<8|int(b[1]) != 1012 {
			t.Errorf("got %d %q, want a close frame with 1012", op, b)
		}
	}
	<-done
	resp, err := http.Get(w.srv.URL + "/websocket?apikey=anon")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a new socket: status %d, want 503", resp.StatusCode)
	}
}

// A message that fails ends its own channel, with phx_error; the socket and its other
// channels go on, and the client may join again.
func TestFailureEndsItsChannelAlone(t *testing.T) {
	t.Parallel()
	var w *world
	w = open(t, "", func(c *realtime.Config) {
		c.Verify = func(tok string) (*token.Claims, error) {
			if tok == "a.b.fails" {
				panic("as a fault of ours would")
			}
			return w.verify(tok)
		}
	})
	c := w.dial("vsn=2.0.0&apikey=anon")
	for _, n := range []string{"1", "2"} {
		c.say(`["` + n + `","` + n + `","realtime:t` + n + `","phx_join",{"config":{"broadcast":{"ack":true},"presence":{"enabled":false}}}]`)
		c.expect(`["` + n + `","` + n + `","realtime:t` + n + `","phx_reply",{"status":"ok","response":"*"}]`)
	}
	c.say(`["1","3","realtime:t1","access_token",{"access_token":"a.b.fails"}]`)
	c.expect(`["1","1","realtime:t1","phx_error",{}]`)
	c.say(`["2","4","realtime:t2","broadcast",{"type":"broadcast","event":"e","payload":{}}]`)
	c.expect(`["2","4","realtime:t2","phx_reply",{"status":"ok","response":{}}]`)
	c.say(`["5","5","realtime:t1","phx_join",{"access_token":"a.b.fails"}]`)
	c.expect(`["5","5","realtime:t1","phx_reply",{"status":"error","response":{"reason":"InternalServerError: the server failed, try again"}}]`)
	c.say(`["6","6","realtime:t1","phx_join",{"config":{"presence":{"enabled":false}}}]`)
	c.expect(`["6","6","realtime:t1","phx_reply",{"status":"ok","response":"*"}]`)
	c.quiet()
}
