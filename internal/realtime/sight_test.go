package realtime_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/realtime"
)

const rooms = `
create table members (room_id int, user_id uuid, primary key (room_id, user_id));
create table talk (id int primary key, room_id int, body text);
alter table talk enable row level security;
alter table members enable row level security;
create function in_room(r int) returns boolean language sql stable security definer as
  $$ select exists (select 1 from public.members m where m.room_id = r and m.user_id = auth.uid()) $$;
create policy "members read" on talk for select to authenticated using (in_room(room_id));
create table weighed (id int primary key, owner uuid);
alter table weighed enable row level security;
create policy few on weighed using (owner = auth.uid() and (select count(*) from talk) < 100);
alter publication supabase_realtime add table talk, weighed;
`

// listener joins table's changes and waits until they are subscribed to.
func (w *world) listener(user int, table string) *client {
	w.t.Helper()
	return w.listen(w.token(user, time.Hour), table)
}

func (w *world) listen(tok, table string) *client {
	w.t.Helper()
	c := w.dial("vsn=2.0.0&apikey=" + tok)
	c.say(`["1","1","realtime:t","phx_join",{"config":{"presence":{"enabled":false},"postgres_changes":[{"event":"INSERT","schema":"public","table":"` + table + `"}]}}]`)
	c.expect(`"*"`)
	c.expect(`["1",null,"realtime:t","system",{"channel":"t","extension":"postgres_changes","status":"ok","message":"Subscribed to PostgreSQL"}]`)
	return c
}

// inserted reads the next change and checks its record's id.
func (c *client) inserted(id float64) {
	c.t.Helper()
	got := c.expect(`[null,null,"realtime:t","postgres_changes",{"ids":"*","data":"*"}]`)
	record := got.([]any)[4].(map[string]any)["data"].(map[string]any)["record"].(map[string]any)
	if record["id"] != id {
		c.t.Fatalf("got %v, want the row %v", record, id)
	}
}

// Who is let into a room gets the very next row, who is put out does not; a policy that
// changes decides about the very next row, too.
func TestMembershipDecidesTheNextRow(t *testing.T) {
	both(t, func(t *testing.T, engine string) {
		w := openOn(t, engine, rooms, nil)
		ann, bob := w.listener(1, "talk"), w.listener(2, "talk")
		w.exec(db.Owner, `insert into members values (1, '`+uid(2)+`')`)
		id := 0.0
		for range 8 {
			w.exec(db.Owner, `insert into members values (1, '`+uid(1)+`')`)
			w.exec(db.Owner, `insert into talk select coalesce(max(id), 0) + 1, 1, 'x' from talk`)
			id++
			ann.inserted(id)
			bob.inserted(id)
			w.exec(db.Owner, `delete from members where user_id = '`+uid(1)+`'`)
			w.exec(db.Owner, `insert into talk select max(id) + 1, 1, 'x' from talk`)
			id++
			bob.inserted(id)
		}
		ann.quiet()
		w.script(`alter policy "members read" on talk using (body = 'all' or in_room(room_id) and body = 'x')`)
		w.exec(db.Owner, `insert into talk values (100, 1, 'y'), (101, 2, 'all'), (102, 1, 'x')`)
		ann.inserted(101)
		bob.inserted(101)
		bob.inserted(102)
		ann.quiet()
		bob.quiet()
	})
}

// A policy that only the database can apply is applied by it, and named in the log.
func TestPolicyThatIsAsked(t *testing.T) {
	both(t, func(t *testing.T, engine string) {
		var log bytes.Buffer
		w := openOn(t, engine, rooms, func(c *realtime.Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		ann, bob := w.listener(1, "weighed"), w.listener(2, "weighed")
		w.exec(db.Owner, `insert into weighed values (1, '`+uid(1)+`'), (2, '`+uid(2)+`')`)
		ann.inserted(1)
		bob.inserted(2)
		ann.quiet()
		w.svc.Stop()
		if !strings.Contains(log.String(), "table=public.weighed role=authenticated") || !strings.Contains(log.String(), "more than rows of tables") {
			t.Errorf("the log names no policy: %s", log.String())
		}
	})
}

// asking counts how often the database is asked about policies.
type asking struct {
	db.Driver
	times, questions atomic.Int64
}

func (a *asking) Ask(ctx context.Context, list []db.Question) []db.Answer {
	a.times.Add(1)
	a.questions.Add(int64(len(list)))
	return db.New(a.Driver).Ask(ctx, list)
}

// All that a transaction asks of the database about all people is asked at once, and each
// change is still told as of its own moment.
func TestDatabaseIsAskedOnce(t *testing.T) {
	both(t, func(t *testing.T, engine string) {
		a := &asking{}
		w := openWith(t, engine, rooms, nil, func(d db.Driver) db.Driver { a.Driver = d; return a })
		var all []*client
		tok := w.token(1, time.Hour)
		all = append(all, w.listen(tok, "weighed"))
		for n := 2; n <= 6; n++ {
			all = append(all, w.listener(n, "weighed"))
		}
		twice := w.listen(tok, "weighed") // equal claims need no question of their own
		for round := range 3 {
			var rows []string
			for id := 1; id <= 12; id++ {
				rows = append(rows, fmt.Sprintf("(%d, '%s')", round*100+id, uid(1+id%6)))
			}
			w.exec(db.Owner, `insert into weighed values `+strings.Join(rows, ", "))
			for id := 1; id <= 12; id++ {
				all[id%6].inserted(float64(round*100 + id))
				if id%6 == 0 {
					twice.inserted(float64(round*100 + id))
				}
			}
		}
		if times, questions := a.times.Load(), a.questions.Load(); times != 3 || questions != 3*12*6 {
			t.Errorf("asked %d times, %d questions; want 3 and %d", times, questions, 3*12*6)
		}
		w.exec(db.Owner, `insert into weighed values (1000, '`+uid(2)+`')`)
		all[1].inserted(1000)
		all[0].quiet()
		if times := a.times.Load(); times != 4 {
			t.Errorf("asked %d times for one row more", times-3)
		}
	})
}

// A policy that somebody changes on the server itself decides about the next row.
func TestPolicyChangedFromOutside(t *testing.T) {
	t.Parallel()
	w := openOn(t, "postgres", rooms, nil)
	ann, bob := w.listener(1, "talk"), w.listener(2, "talk")
	w.exec(db.Owner, `insert into members values (1, '`+uid(1)+`'), (1, '`+uid(2)+`')`)
	w.exec(db.Owner, `insert into talk values (1, 1, 'x')`)
	ann.inserted(1)
	bob.inserted(1)
	w.outside(`alter policy "members read" on talk using (auth.uid() = '` + uid(2) + `'); insert into talk values (2, 1, 'x')`)
	bob.inserted(2)
	w.outside(`create or replace function in_room(r int) returns boolean language sql stable security definer as 'select r = 7'; alter policy "members read" on talk using (in_room(room_id));
		insert into talk values (3, 1, 'x'), (4, 7, 'x')`)
	ann.inserted(4)
	bob.inserted(4)
	ann.quiet()
}
