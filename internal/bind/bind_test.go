package bind_test

import (
	"os"
	"testing"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/ddl"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

// schema is the catalogue of testdata/schema.sql.
func schema(t testing.TB) *catalog.Catalog {
	t.Helper()
	text, err := os.ReadFile("testdata/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	sts, err := pgsql.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	cat := catalog.New()
	s := &catalog.Session{Role: "postgres", SearchPath: []string{"public", "extensions"}, Check: bind.Checker{}}
	for _, st := range sts {
		if cat, _, err = ddl.Apply(cat, s, st, string(text)); err != nil {
			t.Fatal(err)
		}
	}
	return cat
}

func config(cat *catalog.Catalog) *bind.Config {
	return &bind.Config{Catalog: cat, SearchPath: []string{"public", "extensions"}}
}

func statement(t testing.TB, cat *catalog.Catalog, sql string) (*bind.Stmt, error) {
	t.Helper()
	st, err := pgsql.ParseOne(sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return bind.Statement(config(cat), st)
}

func TestSmoke(t *testing.T) {
	t.Parallel()
	cat := schema(t)
	for _, sql := range []string{
		"select 1",
		"select * from rooms",
		"select r.*, m.body from rooms r join messages m on m.room_id = r.id where r.name like 'a%'",
		"select id, name, messages from room_stats where id = $1",
		"select * from rooms where is_member(id, auth.uid())",
		"select * from search_rooms(q => $1)",
		"select * from search_rooms('x', 3) s where s.mood = 'ok'",
		"select add_one(1), add_one(b => 2, a => 1), room_name($1), plus(2), (pair()).b, pair()",
		"select messages.shout, shout(messages) from messages",
		"insert into rooms (name) values ($1) returning *",
		"insert into rooms (name, mood) values ('a', 'sad'), ('b', default)",
		"insert into slugs (slug) values ('a') on conflict (slug) do update set slug = excluded.slug || slugs.slug returning id",
		"insert into slugs (email) values ('a') on conflict (lower(email)) where active do nothing",
		"update messages m set likes = likes + 1, meta = meta || '{\"a\":1}' from rooms r where r.id = m.room_id returning m.*",
		"delete from members using rooms where rooms.id = members.room_id",
		"with recursive t(n) as (select 1 union all select n + 1 from t where n < 5) select sum(n) from t",
		"with x as (insert into rooms (name) values ('q') returning id) select * from x",
		"select mood, count(*) filter (where name <> ''), string_agg(name, ',' order by name desc) from rooms group by mood having count(*) > 1 order by 2 desc",
		"select row_number() over (partition by mood order by name) from rooms",
		"select * from json_to_recordset('[{\"a\":1}]') as t(a int, b text)",
		"select * from json_populate_recordset(null::rooms, $1)",
		"select * from jsonb_populate_record(null::rooms, $1)",
		"select * from generate_series(1, 3) as n, unnest(array['a','b']) with ordinality as u(v, i)",
		"select x.value->>'a' from messages m, jsonb_array_elements(m.meta) x",
		"select 1 union select 2.5 order by 1",
		"select room_id = any (select (jsonb_array_elements_text(auth.jwt()->'app_metadata'->'teams'))::uuid) from messages",
		"select coalesce(json_agg(t), '[]') from (select id, name from rooms limit 1) t",
		"select r.id, (select json_agg(m.*) from messages m where m.room_id = r.id) from rooms r",
		"select case likes when 1 then 'a' else body end, likes between 1 and 2, body in ('a','b'), tags && array['x'], tags @> '{a}', likes = any($1), meta->'a'->>'b', f8 + likes, sent + 1, sent - interval '1 day' from messages",
		"select distinct on (mood) * from rooms order by mood, name",
		"select * from rooms where (id, name) in (select room_id, role from members)",
		"select * from rooms left join lateral (select count(*) c from messages where room_id = rooms.id) x on true",
		"select * from members join messages using (room_id)",
	} {
		if _, err := statement(t, cat, sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
