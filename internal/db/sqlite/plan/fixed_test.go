package plan_test

import (
	"strings"
	"testing"
)

const byRoom = `
create table members (room_id int not null, user_id uuid not null, primary key (room_id, user_id));
create table messages (id bigint primary key, room_id int not null, tag uuid, body text);
create index messages_room on messages (room_id);
create table pins (id bigint primary key, room_id int);
alter table messages enable row level security;
alter table members enable row level security;
alter table pins enable row level security;
create policy m on members for select using (user_id = auth.uid());
create policy a on messages for select using (room_id in (select x.room_id from members x where x.user_id = auth.uid()));
create policy e on pins for select using (exists (select 1 from members x where x.room_id = pins.room_id and x.user_id = auth.uid()));
grant select on all tables in schema public to anon, authenticated;
`

const byRoomRows = `
insert into "public.members" values (1,'` + ann + `'),(2,'` + bob + `'),(3,'` + ann + `');
insert into "public.messages" values (1,1,'` + ann + `','1'),(2,1,null,'2'),(3,2,'` + bob + `','secret'),(4,3,null,'4');
insert into "public.pins" values (1,1),(2,2),(3,null);
`

func TestFixedColumnsInPolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byRoom, byRoomRows)
	for _, c := range []struct{ sql, arg, want string }{
		{`select id from messages where room_id = $1 order by id`, "1", "1\n2"},
		{`select id from messages where $1 = room_id order by id`, "2", ""},
		{`select count(*) from messages where room_id = $1`, "1", "2"},
		{`select count(*) from messages where room_id = $1`, "2", "0"},
		{`select id from messages where room_id = $1 or id = 4 order by id`, "2", "4"},
		{`select id from messages where not (room_id = $1) order by id`, "1", "4"},
		{`select id from pins where room_id = $1`, "1", "1"},
		{`select id from pins where room_id = $1`, "2", ""},
		{`select p.id from pins p join messages m on m.room_id = p.room_id where p.room_id = $1 and m.id = 2`, "1", "1"},
		{`select m.id, p.id from messages m left join pins p on p.room_id = m.room_id where m.room_id = $1 order by 1`, "3", "4|null"},
		{`select m.id, p.id from messages m left join pins p on p.id = m.id where p.room_id = $1`, "1", "1|1"},
		{`select m.id from messages m where m.room_id = $1 and exists (select 1 from messages n where n.room_id = m.room_id and n.id = 3) order by 1`, "1", ""},
		// What may raise runs for rows that the policy shows, whatever room is asked for.
		{`select id from messages where body::int > 0 and room_id = $1 order by id`, "1", "1\n2"},
		{`select id from messages where body::int > 0 and room_id = $1 order by id`, "2", ""},
	} {
		w.want(user(ann), c.sql, c.want, c.arg)
	}
	w.want(owner, `select count(*) from messages where room_id = $1`, "1", "2")
}

// TestFixedPolicyIsDecidedOnce reads SQLite's plan: the subquery depends on no row.
func TestFixedPolicyIsDecidedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byRoom, byRoomRows)
	for sql, want := range map[string]string{
		`select id from messages where room_id = $1`: "SCALAR SUBQUERY",
		`select id from pins where room_id = $1`:     "SEARCH t1 EXISTS", // before the rows
	} {
		got := w.explain(user(ann), sql, "1")
		if strings.Contains(got, "CORRELATED") || !strings.Contains(got, want) {
			t.Errorf("%s: %s", sql, got)
		}
	}
}

// TestAPolicyAboutOneRowLooksItUp reads SQLite's plan: where conditions say what is to be
// looked for, the policy's list is not gathered.
func TestAPolicyAboutOneRowLooksItUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byRoom, byRoomRows)
	for id, want := range map[string]string{"1": "1", "3": "", "4": "4"} {
		w.want(user(ann), `select id from messages where id = $1`, want, id)
		w.want(user(bob), `select id from messages where id = $1 and body is not null`, map[string]string{"3": "3"}[id], id)
	}
	for sql, listed := range map[string]bool{
		`select id from messages where id = $1`:           false,
		`select id from messages where id > $1`:           true,
		`select id from messages where room_id = $1`:      false,
		`select id from messages where not (id = $1)`:     true,
		`select id from messages where id = $1 or id = 2`: true,
	} {
		got := w.explain(user(ann), sql, "1")
		if strings.Contains(got, "LIST SUBQUERY") != listed {
			t.Errorf("%s: %s", sql, got)
		}
	}
}
