package postgres

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// counted counts what is written to the server.
type counted struct {
	net.Conn
	writes *atomic.Int64
}

func (c counted) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(b)
}

// TestManyQuestionsAreOneTrip asks for many people, of whom the policies of one fail,
// and counts how often something is sent.
func TestManyQuestionsAreOneTrip(t *testing.T) {
	t.Parallel()
	d := open(t, Config{URL: database(t), Conns: 1})
	script(t, d, `create table bar (level int); create table talk (id int primary key, owner text); alter table talk enable row level security;
create policy mine on talk using (case when (auth.jwt() ->> 'level')::int >= (select count(*) from bar) then owner = auth.jwt() ->> 'sub' end);
grant select on bar, talk to authenticated; revoke all on talk from anon;
insert into talk values (1, 'p7'), (2, 'p8')`)
	var writes atomic.Int64
	dial := d.login.DialFunc
	d.login.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		return counted{c, &writes}, err
	}
	d.pool.flush()
	const people = 200
	var list []db.Question
	for i := range people {
		level := "9"
		if i == 5 {
			level = "high"
		}
		s := &db.Session{Role: "authenticated", Claims: fmt.Sprintf(`{"role":"authenticated","sub":"p%d","level":"%s"}`, i, level)}
		for id := 1; id <= 2; id++ {
			list = append(list, db.Question{Session: s, SQL: `select 1 from public.talk where id = $1`, Args: []any{id}})
		}
	}
	check := func() {
		t.Helper()
		for i, a := range d.Ask(t.Context(), list) {
			person, id := i/2, i%2+1
			switch {
			case person == 5:
				if fault.CodeOf(a.Err) != "22P02" {
					t.Errorf("person %d, row %d: %v %v, want 22P02", person, id, a.Found, a.Err)
				}
			case a.Err != nil || a.Found != (person == 6+id):
				t.Errorf("person %d, row %d: %v %v", person, id, a.Found, a.Err)
			}
		}
	}
	check() // prepares the statement
	before := writes.Load()
	check()
	if n := writes.Load() - before; n != 1 {
		t.Errorf("%d questions were sent in %d pieces", len(list), n)
	}
	// Who may not read at all is refused, and nobody else; what a question would write is not written.
	list = []db.Question{
		{Session: &db.Session{Role: "anon"}, SQL: `select 1 from public.talk where id = 1`},
		{Session: &db.Owner, SQL: `select 1 from public.talk where id = 1`},
		{Session: &db.Owner, SQL: `delete from public.talk returning 1`},
	}
	got := d.Ask(t.Context(), list)
	if fault.CodeOf(got[0].Err) != "42501" || !got[1].Found || fault.CodeOf(got[2].Err) != "25006" {
		t.Errorf("got %v", got)
	}
	// The schema moves under the prepared statement, and the connection is lost.
	script(t, d, `alter table talk alter column id type bigint`)
	if got = d.Ask(t.Context(), list[1:2]); !got[0].Found {
		t.Errorf("after a change of the schema: %v", got)
	}
	admin(t, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '`+d.login.Database+`' and backend_type = 'client backend'`)
	if got = d.Ask(t.Context(), list[1:2]); !got[0].Found {
		t.Errorf("after a lost connection: %v", got)
	}
}
