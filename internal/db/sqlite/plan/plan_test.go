package plan_test

import (
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/value"
)

const chat = `
create type kind as enum ('text', 'image', 'audio');
create table rooms (id int primary key, name text not null, public boolean not null default false, price numeric(10,2));
create table members (room_id int not null references rooms(id), user_id uuid not null, role text, primary key (room_id, user_id));
create index members_user on members (user_id);
create table messages (id bigint primary key, room_id int not null, author uuid, body text, kind kind, meta jsonb, tags text[], created_at timestamptz, score float8);
create index messages_room on messages (room_id);
create index messages_author on messages (author);
alter table rooms enable row level security;
alter table messages enable row level security;
alter table members enable row level security;
create policy r1 on rooms for select using (public or exists (select 1 from members m where m.room_id = rooms.id and m.user_id = auth.uid()));
create policy m1 on members for select using (user_id = auth.uid());
create policy s1 on messages for select using (author = auth.uid());
grant select on all tables in schema public to anon, authenticated;
`

const (
	ann = "00000000-0000-0000-0000-00000000000a"
	bob = "00000000-0000-0000-0000-00000000000b"
)

const chatRows = `
insert into "public.rooms" values (1,'one',0,'1.50'),(2,'two',1,'10.00'),(3,'three',0,null);
insert into "public.members" values (1,'` + ann + `','admin'),(3,'` + bob + `','user');
insert into "public.messages" values
 (1,1,'` + ann + `','hi "there"','text','{"a": 1}','["x","y"]',1700000000000000,1.5),
 (2,1,'` + bob + `','12','image',null,null,null,null),
 (3,2,'` + ann + `',null,'audio','[1, 2]','[]',1700000000123000,0.1),
 (4,2,'` + bob + `','not a number','text',null,null,null,null);
`

func TestQueries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chat, chatRows)
	for _, c := range []struct{ sql, want string }{
		{"select id, name, public, price from rooms order by id", "1|\"one\"|false|1.50\n2|\"two\"|true|10.00\n3|\"three\"|false|null"},
		{"select id from rooms order by price desc", "3\n2\n1"},
		{"select id from rooms order by price", "1\n2\n3"},
		{"select id from rooms where price > 1.5", "2"},
		{"select id from rooms where price = 1.500", "1"},
		{"select r.name, count(m.id) from rooms r left join messages m on m.room_id = r.id group by r.name order by 1", "\"one\"|2\n\"three\"|0\n\"two\"|2"},
		{"select id from messages order by kind desc, id", "3\n2\n1\n4"},
		{"select id from messages where kind > 'text' order by id", "2\n3"},
		{"select id from messages where kind in ('text','audio') order by id", "1\n3\n4"},
		{"select created_at from messages where id = 3", "\"2023-11-14T22:13:20.123+00:00\""},
		{"select id from messages where 'x' = any(tags)", "1"},
		{"select id from messages where id = any('{1,3}'::bigint[]) order by id desc", "3\n1"},
		{"select distinct on (room_id) room_id, id from messages order by room_id, id desc", "1|2\n2|4"},
		{"select id from rooms where id in (select room_id from members) union select 7 order by 1 desc", "7\n3\n1"},
		{"with x as (select id from rooms where id < 3) select * from x order by id limit 1 offset 1", "2"},
		{"with recursive n(i) as (select 1 union all select i + 1 from n where i < 3) select * from n", "1\n2\n3"},
		{"select meta->>'a', meta->'a' from messages where id = 1", "\"1\"|1"},
		{"select body || '!' from messages where id = 2", "\"12!\""},
		{"select upper(body), length(body) from messages where id = 1", "\"HI \\\"THERE\\\"\"|10"},
		{"select coalesce(body, 'none') from messages where id = 3", "\"none\""},
		{"select case when public then 'p' else 'q' end from rooms order by id", "\"q\"\n\"p\"\n\"q\""},
		{"select sum(id), min(body), max(kind), avg(score), array_agg(id order by id desc) from messages", "10|\"12\"|\"audio\"|0.8|[4,3,2,1]"},
		{"select string_agg(name, ',' order by name) from rooms", "\"one,three,two\""},
		{"select json_agg(r) from (select id, name from rooms order by id limit 2) r", "[{\"id\":1,\"name\":\"one\"}, \n {\"id\":2,\"name\":\"two\"}]"},
		{"select row_number() over (order by id desc), id from rooms order by id", "3|1\n2|2\n1|3"},
		{"select * from generate_series(1, 3) g order by g desc", "3\n2\n1"},
		{"select m.id, t from messages m, unnest(m.tags) t order by t", "1|\"x\"\n1|\"y\""},
		{"select m.id, e.value from messages m, jsonb_array_elements(m.meta) e where m.id = 3", "3|1\n3|2"},
		{"select r.id, x.n from rooms r left join lateral (select count(*) as n from messages m where m.room_id = r.id) x on true order by r.id", "1|2\n2|2\n3|0"},
		{"select id from rooms where exists (select 1 from messages m where m.room_id = rooms.id and m.body is null)", "2"},
		{"select (select name from rooms where id = 1), (select max(id) from messages)", "\"one\"|4"},
		{"select id from messages where body like 'not%'", "4"},
		{"select id from messages where body ilike '%THERE%'", "1"},
		{"select array(select id from rooms order by id)", "[1,2,3]"},
		{"select 1 where null", ""},
		{"select a.id, b.id from rooms a full join members b on a.id = b.room_id and b.role = 'user' order by a.id nulls first", ""},
	} {
		if strings.Contains(c.sql, "full join") {
			c.sql = "select a.id, b.room_id from rooms a full join members b on a.id = b.room_id and b.role = 'user' order by a.id nulls first"
			c.want = "null|1\n1|null\n2|null\n3|3"
		}
		w.want(owner, c.sql, c.want)
	}
}

// The shape that REST asks for must give the bytes that clients expect.
func TestEmbed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chat, chatRows)
	w.want(owner, `select r.id, (select coalesce('[' || string_agg(row_to_json(r1)::text, ',') || ']', '[]')::json
		from (select m.id, m.body, m.kind, m.meta, m.tags, m.created_at, m.score, m.author from messages m where m.room_id = r.id order by m.id desc) r1) as messages
		from rooms r order by r.id`,
		`1|[{"id":2,"body":"12","kind":"image","meta":null,"tags":null,"created_at":null,"score":null,"author":"`+bob+`"},`+
			`{"id":1,"body":"hi \"there\"","kind":"text","meta":{"a": 1},"tags":["x","y"],"created_at":"2023-11-14T22:13:20+00:00","score":1.5,"author":"`+ann+`"}]`+"\n"+
			`2|[{"id":4,"body":"not a number","kind":"text","meta":null,"tags":null,"created_at":null,"score":null,"author":"`+bob+`"},`+
			`{"id":3,"body":null,"kind":"audio","meta":[1, 2],"tags":[],"created_at":"2023-11-14T22:13:20.123+00:00","score":0.1,"author":"`+ann+`"}]`+"\n3|[]")
	_, run, err := w.run(owner, `select (select coalesce('[' || string_agg(row_to_json(r)::text, ',') || ']', '[]')::json
		from (select m.id, m.body from messages m where m.room_id = rooms.id) r) from rooms`)
	if err != nil || len(run.Needs) > 0 {
		t.Errorf("embed calls functions: %v %v", run, err)
	}
	w.want(owner, `select m.id, (select row_to_json(r) from (select name, price, public from rooms where rooms.id = m.room_id) r) from messages m where m.id = 1`,
		`1|{"name":"one","price":1.50,"public":false}`)
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chat, chatRows)
	w.want(user(ann), "select id from rooms order by id", "1\n2")
	w.want(user(bob), "select id from rooms order by id", "2\n3")
	w.want(actor{role: "anon"}, "select id from rooms order by id", "2")
	w.want(actor{role: "service_role"}, "select count(*) from rooms", "3")
	w.want(user(ann), "select r.id, m.id from rooms r left join messages m on m.room_id = r.id order by 1, 2", "1|1\n2|3")
	w.want(user(bob), "select count(*) from members", "1")
	w.want(user(ann), "select m.id from messages m right join rooms r on r.id = m.room_id order by 1", "1\n3")
	w.want(user(ann), "select m.id, r.id from messages m full join rooms r on r.id = m.room_id order by 1", "1|1\n3|2")
}

// Item 7 and the index: the claim is a bound parameter.
func TestPolicyUsesIndex(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chat, chatRows)
	got := w.explain(user(ann), "select id from messages")
	if !strings.Contains(got, "USING INDEX messages_author") {
		t.Errorf("no index:\n%s", got)
	}
	got = w.explain(user(ann), "select id from messages where id = any($1)", "{1,2}")
	if !strings.Contains(got, "SEARCH") {
		t.Errorf("no index:\n%s", got)
	}
}

// Item 7: a boolean that the request decides is folded by its value.
func TestBooleanSlots(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `create table d (id int primary key, owner uuid);
		create index d_owner on d (owner);
		alter table d enable row level security;
		create policy p on d for select using (auth.jwt() ->> 'admin' = 'yes' or owner = auth.uid());
		grant select on d to authenticated;`,
		`insert into "public.d" values (1,'`+ann+`'),(2,'`+bob+`')`)
	admin := actor{"authenticated", `{"sub":"` + bob + `","admin":"yes"}`}
	w.want(user(ann), "select id from d order by id", "1")
	w.want(admin, "select id from d order by id", "1\n2")
	if got := w.explain(user(ann), "select id from d"); !strings.Contains(got, "USING INDEX d_owner") {
		t.Errorf("not folded:\n%s", got)
	}
	if got := w.explain(admin, "select id from d"); strings.Contains(got, "where") {
		t.Errorf("true filter is still there:\n%s", got)
	}
}

// Item 3: an expression that may raise sees only rows that passed the policy.
func TestLeaks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chat, chatRows)
	w.wantCode(owner, "select id from messages where body::int = 12", "22P02")
	w.exec(`delete from "public.messages" where id = 1`)
	for _, sql := range []string{
		"select id from messages where body::int = 12",
		"select id from messages m where exists (select 1 from rooms r where m.body::int > 5 and m.author is not null)",
		"select s.id from (select id, body::int as n from messages) s where s.n > 5",
		"select m.id from rooms r join messages m on m.body::int = 12",
		"select m.id from messages m, generate_series(1, m.body::int) g where g = 1",
	} {
		got, err := w.rows(user(ann), sql)
		if err != nil || got != "" {
			t.Errorf("%s: leaked %q, %v", sql, got, describe(err))
		}
	}
}

// Item 4: policies apply inside policies, and a cycle is refused.
func TestPolicyInPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `create table a (id int); create table b (id int, ok boolean);
		alter table a enable row level security; alter table b enable row level security;
		create policy p on a for select using (exists (select 1 from b where b.id = a.id));
		create policy p on b for select using (ok);
		create table c (id int); create table d (id int);
		alter table c enable row level security; alter table d enable row level security;
		create policy p on c for select using (exists (select 1 from d where d.id = c.id));
		create policy p on d for select using (exists (select 1 from c where d.id = c.id));
		create table e (id int); alter table e enable row level security;
		create policy p on e for select using (exists (select 1 from e e2 where e2.id > e.id));
		grant select on all tables in schema public to authenticated;`,
		`insert into "public.a" values (1),(2); insert into "public.b" values (1,1),(2,0)`)
	w.want(user(ann), "select id from a", "1")
	w.wantCode(user(ann), "select id from c", "42P17")
	w.wantCode(user(ann), "select id from e", "42P17")
	w.want(owner, "select id from c", "")
}

// Item 4: a definer function reads as its owner, inlined into the query.
func TestDefiner(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chat+`
		create function is_member(r int) returns boolean language sql stable security definer set search_path = ''
			as $$ select exists (select 1 from public.members m where m.room_id = r and m.user_id = (select auth.uid())) $$;
		create policy m2 on members for select using (is_member(room_id));
		create policy x on rooms as restrictive for select using (name <> 'two');
		create view all_rooms as select id from rooms;
		create view my_rooms with (security_invoker = on) as select id from rooms;
		grant select on all_rooms, my_rooms to authenticated;
	`, chatRows+`insert into "public.members" values (1,'`+bob+`','user');`)
	w.want(user(ann), "select room_id, user_id from members order by 2", `1|"`+ann+"\"\n1|\""+bob+`"`)
	w.want(user(ann), "select id from rooms", "1")
	w.want(user(ann), "select id from my_rooms", "1")
	w.want(user(ann), "select id from all_rooms order by id", "1\n2\n3")
	if _, run, err := w.run(user(ann), "select * from members"); err != nil || strings.Contains(run.SQL, "u_") {
		t.Errorf("not inlined: %v %v", run, err)
	}
}

func TestSingleRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chat, chatRows)
	w.wantCode(owner, "select (select id from rooms)", "21000")
	w.want(owner, "select (select id from rooms where id > 2)", "3")
}

func TestParams(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chat, chatRows)
	w.want(owner, "select id from messages where room_id = $1 order by id limit $2", "1", "1", "1")
	w.want(owner, "select id from rooms where id in ($1, $2, $3) order by id", "1\n3", "1", "3", "9")
	w.want(owner, "select x.a, x.b from json_to_recordset($1) as x(a int, b text)", "1|\"z\"\n2|null", `[{"a":1,"b":"z"},{"a":2}]`)
	w.wantCode(owner, "select id from rooms limit $1", "2201W", "-1")
}

// A policy may raise over its own table's columns inside a subquery.
func TestRaisingPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `create table a (id int, v text); create table b (n int);
		alter table a enable row level security;
		create policy p on a for select using (exists (select 1 from b where b.n = a.v::int));
		grant select on all tables in schema public to authenticated;`,
		`insert into "public.a" values (1,'7'),(2,'8'); insert into "public.b" values (7)`)
	w.want(user(ann), "select id from a where v::int > 1", "1")
}

// A collation inside an operand must not order the operand.
func TestCollationStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `create table a (id int, t text, n numeric);`, `insert into "public.a" values (1,'','-3'),(2,'x','1.50')`)
	w.want(owner, "select id from a where t >= n::text", "2")
	w.want(owner, "select id from a where (not n > 0) is not null and case when n > 0 then t else 'b' end like 'x%'", "2")
	w.want(owner, "select id from a where t = case when n = 1.5 then 'x' else t end order by case when n > 0 then t else 'z' end", "2\n1")
}

// LIKE with a fixed beginning uses an index, the pattern being a parameter.
func TestLikePrefix(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `create table a (id int, t text); create index a_t on a (t);`,
		`insert into "public.a" values (1,'abc'),(2,'abd'),(3,'b'),(4,'aé'),(5,null)`)
	w.want(owner, "select id from a where t like $1 order by id", "1\n2", "ab%")
	w.want(owner, "select id from a where t like $1 order by id", "1\n2\n4", "a%")
	w.want(owner, "select id from a where t like $1 order by id", "3", "%b")
	w.want(owner, "select id from a where t not like $1 order by id", "3\n4", "ab%")
	if got := w.explain(owner, "select id from a where t like $1", "ab%"); !strings.Contains(got, "INDEX a_t") {
		t.Errorf("no index:\n%s", got)
	}
	if got := w.explain(owner, "select id from a where t like 'ab%'"); !strings.Contains(got, "INDEX a_t") {
		t.Errorf("no index:\n%s", got)
	}
	if got := w.explain(owner, "select id from a where t like $1", "%b"); !strings.Contains(got, "SCAN") {
		t.Errorf("a range over everything:\n%s", got)
	}
}

// A stable function that can't be inlined is called once where its arguments are the
// request's, else for each row; (select f()) is called once whatever f is.
func TestUserCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `create table a (id int); alter table a enable row level security;
		create function adm() returns boolean language plpgsql stable as $$ begin return true; end $$;
		create function odd(i int) returns boolean language plpgsql as $$ begin return i % 2 = 1; end $$;
		create function vol() returns boolean language plpgsql as $$ begin return true; end $$;
		create policy p on a for select using (adm() and odd(id) and (select vol()));
		grant select on a to authenticated;`,
		`insert into "public.a" values (1),(2),(3)`)
	calls := map[string]int{}
	w.call = func(f *catalog.Function, args []value.Value) (value.Value, error) {
		calls[f.Name]++
		return value.Truth(len(args) == 0 || args[0].I%2 == 1), nil
	}
	w.want(user(ann), "select id from a order by id", "1\n3")
	if calls["adm"] != 1 || calls["odd"] != 3 || calls["vol"] != 1 {
		t.Errorf("calls: %v", calls)
	}
}
