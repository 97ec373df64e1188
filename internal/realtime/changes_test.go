package realtime_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
)

const todos = `
create table todos (id int primary key, owner uuid, title text, done boolean default false, at timestamptz default '2024-01-02 03:04:05.6+00');
alter table todos enable row level security;
create policy own on todos using (owner = auth.uid());
create table open_notes (id bigint primary key, body jsonb);
create table hidden (id int primary key);
alter publication supabase_realtime add table todos, open_notes;
`

const columns = `[{"name":"id","type":"int4"},{"name":"owner","type":"uuid"},{"name":"title","type":"text"},{"name":"done","type":"bool"},{"name":"at","type":"timestamptz"}]`

func TestRowChangesUnderPolicies(t *testing.T) {
	t.Parallel()
	w := open(t, todos, nil)
	mine, other := w.dial("vsn=2.0.0&apikey=anon"), w.dial("vsn=2.0.0&apikey="+w.token(2, time.Hour))
	mine.say(`["1","1","realtime:t","phx_join",{"config":{"presence":{"enabled":false},"postgres_changes":[{"event":"*","schema":"public","table":"todos"}]},"access_token":"` + w.token(1, time.Hour) + `"}]`)
	other.say(`["1","1","realtime:t","phx_join",{"config":{"presence":{"enabled":false},"postgres_changes":[{"event":"*","schema":"public"}]}}]`)
	reply := mine.expect(`["1","1","realtime:t","phx_reply",{"status":"ok","response":{"postgres_changes":[{"event":"*","schema":"public","table":"todos","id":"*"}]}}]`)
	other.expect(`["1","1","realtime:t","phx_reply",{"status":"ok","response":{"postgres_changes":[{"event":"*","schema":"public","id":"*"}]}}]`)
	for _, c := range []*client{mine, other} {
		c.expect(`["1",null,"realtime:t","system",{"channel":"t","extension":"postgres_changes","status":"ok","message":"Subscribed to PostgreSQL"}]`)
	}
	id := reply.([]any)[4].(map[string]any)["response"].(map[string]any)["postgres_changes"].([]any)[0].(map[string]any)["id"]
	event := func(data string) string {
		return fmt.Sprintf(`[null,null,"realtime:t","postgres_changes",{"ids":[%v],"data":{"schema":"public","table":"todos","commit_timestamp":"*","errors":null,%s}}]`, int(id.(float64)), data)
	}
	record := `{"id":1,"owner":"` + uid(1) + `","title":%q,"done":false,"at":"2024-01-02T03:04:05.6+00:00"}`

	w.exec(db.Owner, `insert into todos (id, owner, title) values (1, '`+uid(1)+`', 'a')`)
	mine.expect(event(`"type":"INSERT","columns":` + columns + `,"record":` + fmt.Sprintf(record, "a")))
	w.exec(db.Owner, `update todos set title = 'b'`)
	mine.expect(event(`"type":"UPDATE","columns":` + columns + `,"record":` + fmt.Sprintf(record, "b") + `,"old_record":{"id":1}`))
	w.exec(db.Owner, `delete from todos`)
	mine.expect(event(`"type":"DELETE","columns":` + columns + `,"old_record":{"id":1}`))
	other.expect(`[null,null,"realtime:t","postgres_changes",{"ids":"*","data":{"schema":"public","table":"todos","commit_timestamp":"*","errors":null,"type":"DELETE","columns":` + columns + `,"old_record":{"id":1}}}]`)
	w.exec(db.Owner, `insert into hidden values (1)`)
	w.exec(db.Owner, `insert into open_notes values (9007199254740993, '{"b":1,"a":[1.50]}')`)
	other.expect(`[null,null,"realtime:t","postgres_changes",{"ids":"*","data":{"schema":"public","table":"open_notes","commit_timestamp":"*","errors":null,"type":"INSERT","columns":"*","record":{"id":9007199254740993,"body":{"a":[1.50],"b":1}}}}]`)
	mine.quiet()
	other.quiet()
}

func TestFiltersColumnsAndComplaints(t *testing.T) {
	t.Parallel()
	w := open(t, todos, nil)
	c := w.dial("vsn=2.0.0&apikey=service_role")
	join := func(topic, changes string) {
		t.Helper()
		c.say(`["1","1","realtime:` + topic + `","phx_join",{"config":{"presence":{"enabled":"false"},"postgres_changes":[` + changes + `]}}]`)
		c.expect(`["1","1","realtime:` + topic + `","phx_reply",{"status":"ok","response":{"postgres_changes":"*"}}]`)
	}
	says := func(topic, status, message string) {
		t.Helper()
		c.expect(fmt.Sprintf(`["1",null,"realtime:%s","system",{"channel":%q,"extension":"postgres_changes","status":%q,"message":%q}]`, topic, topic, status, message))
	}
	join("f", `{"event":"INSERT","schema":"public","table":"todos","filter":"title=in.(a,b),id=gt.1","select":["title"]}`)
	says("f", "ok", "Subscribed to PostgreSQL")
	const cant = "Unable to subscribe to changes with given parameters. "
	join("x", `{"event":"*","schema":"public","table":"hidden"}`)
	says("x", "error", cant+"Please check Realtime is enabled for the given connect parameters: [event: *, schema: public, table: hidden]")
	join("y", `{"event":"*","schema":"public","table":"todos","filter":"nope=eq.1"}`)
	says("y", "error", cant+"An exception happened so please check your connect parameters: [event: *, schema: public, table: todos, filter: nope=eq.1]. Exception: ERROR P0001 invalid column for filter nope")
	join("z", `{"event":"*","schema":"public","table":"todos","filter":"id=eq.x"}`)
	says("z", "error", cant+`An exception happened so please check your connect parameters: [event: *, schema: public, table: todos, filter: id=eq.x]. Exception: ERROR 22P02 invalid input syntax for type integer: "x"`)

	w.exec(db.Owner, `insert into todos (id, title) values (1, 'a'), (2, 'c'), (3, 'b')`)
	c.expect(`[null,null,"realtime:f","postgres_changes",{"ids":"*","data":{"schema":"public","table":"todos","commit_timestamp":"*","errors":null,"type":"INSERT",` +
		`"columns":[{"name":"id","type":"int4"},{"name":"title","type":"text"}],"record":{"id":3,"title":"b"}}}]`)
	c.quiet()
}

func TestTokenChangesWhatIsSeen(t *testing.T) {
	t.Parallel()
	w := open(t, todos, nil)
	c := w.dial("vsn=2.0.0&apikey=anon")
	c.say(`["1","1","realtime:t","phx_join",{"config":{"presence":{"enabled":false},"postgres_changes":[{"event":"INSERT","schema":"public","table":"todos"}]}}]`)
	c.expect(`"*"`)
	c.expect(`"*"`)
	watcher := w.dial("vsn=2.0.0&apikey=anon")
	watcher.say(`["1","1","realtime:t","phx_join",{"config":{"presence":{"enabled":false},"postgres_changes":[{"event":"INSERT","schema":"public","table":"todos"}]},"access_token":"` + w.token(2, time.Hour) + `"}]`)
	watcher.expect(`"*"`)
	watcher.expect(`"*"`)
	w.exec(db.Owner, `insert into todos (id, owner) values (1, '`+uid(1)+`')`)
	w.exec(db.Owner, `insert into todos (id, owner) values (10, '`+uid(2)+`')`)
	watcher.expect(`"*"`) // so the feed is past the first row
	c.quiet()
	c.say(`["1","2","realtime:t","access_token",{"access_token":"` + w.token(1, time.Hour) + `"}]`)
	c.quiet()
	w.exec(db.Owner, `insert into todos (id, owner) values (2, '`+uid(2)+`'), (3, '`+uid(1)+`')`)
	got := c.expect(`[null,null,"realtime:t","postgres_changes",{"ids":"*","data":"*"}]`)
	if r := got.([]any)[4].(map[string]any)["data"].(map[string]any)["record"].(map[string]any); r["id"] != 3.0 {
		t.Errorf("got %v", r)
	}
	c.say(`["1","3","realtime:t","access_token",{"access_token":"a.b.c"}]`)
	c.expect(`["1",null,"realtime:t","system",{"channel":"t","extension":"system","status":"error","message":"MalformedJWT: The token provided is not a valid JWT"}]`)
	c.expect(`["1","1","realtime:t","phx_close",{}]`)
}

// Clients before 2022 say what they want in the topic.
func TestOldTopics(t *testing.T) {
	t.Parallel()
	w := open(t, todos, nil)
	for _, topic := range []string{"realtime:*", "realtime:public", "realtime:public:open_notes", "realtime:public:open_notes:id=eq.1"} {
		c := w.dial("apikey=service_role")
		c.say(`{"topic":"` + topic + `","event":"phx_join","payload":{},"ref":"1"}`)
		c.expect(`{"event":"phx_reply","payload":{"status":"ok","response":{"postgres_changes":[]}},"ref":"1","topic":"` + topic + `"}`)
		c.expect(`{"event":"presence_state","payload":{},"ref":null,"topic":"` + topic + `"}`)
		c.expect(`{"event":"system","payload":"*","ref":null,"topic":"` + topic + `"}`)
		w.exec(db.Owner, `delete from open_notes`)
		w.exec(db.Owner, `insert into open_notes values (2), (1)`)
		want := []string{"2", "1"}
		if topic == "realtime:public:open_notes:id=eq.1" {
			want = want[1:]
		}
		for _, id := range want {
			for skip := true; skip; {
				_, b := c.read()
				skip = strings.Contains(string(b), `"DELETE"`)
				if !skip && (!strings.Contains(string(b), `"event":"INSERT","payload":{"schema":"public","table":"open_notes"`) || !strings.Contains(string(b), `"record":{"id":`+id+`,`)) {
					t.Errorf("%s: got %s, want row %s", topic, b, id)
				}
			}
		}
	}
}

// TestJoinWithoutReference: the Kotlin client joins without one, and has to be told the
// ids by which it knows its changes.
func TestJoinWithoutReference(t *testing.T) {
	t.Parallel()
	w := open(t, todos, nil)
	c := w.dial("vsn=2.0.0&apikey=" + w.token(1, time.Hour))
	c.say(`[null,null,"realtime:t","phx_join",{"config":{"presence":{"enabled":false},"postgres_changes":[{"event":"*","schema":"public","table":"todos"}]}}]`)
	c.expect(`[null,null,"realtime:t","phx_reply",{"status":"ok","response":{"postgres_changes":[{"event":"*","schema":"public","table":"todos","id":"*"}]}}]`)
	c.expect(`[null,null,"realtime:t","system",{"channel":"t","extension":"postgres_changes","status":"ok","message":"Subscribed to PostgreSQL"}]`)
	w.exec(db.Owner, `insert into todos (id, owner, title) values (1, '`+uid(1)+`', 'a')`)
	c.expect(`[null,null,"realtime:t","postgres_changes",{"ids":"*","data":{"schema":"public","table":"todos","commit_timestamp":"*","errors":null,"type":"INSERT","columns":` + columns + `,"record":"*"}}]`)
	c.say(`[null,null,"realtime:t","phx_leave",{}]`)
	c.expect(`[null,null,"realtime:t","phx_close",{}]`)
}
