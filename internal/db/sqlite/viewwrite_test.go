package sqlite_test

import (
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
)

// Writes through views, as PostgreSQL 15 answered them.
func TestWritesThroughViews(t *testing.T) {
	t.Parallel()
	w := open(t, `
create table notes (id int primary key, owner text default 'ann', body text not null default 'x', secret int default 7);
insert into notes values (1, 'ann', 'a'), (2, 'bob', 'b'), (3, 'ann', 'c');
create view mine as select id as nr, body, upper(body) as loud, owner from notes where owner = 'ann';
create view mine2 with (security_invoker) as select * from mine where nr > 1;
create view checked as select id, owner, body from notes where owner = 'ann' with check option;
create view agg as select owner, count(*) from notes group by owner;
create view invoked with (security_invoker) as select * from notes;
revoke all on notes from anon;
grant all on mine, checked, mine2, agg, invoked to anon;
`)
	ann := db.Session{Role: "anon"}
	w.steps([]step{
		{ann, `insert into mine (nr, body) values (10, 'new') returning *`, `(10,"new","NEW","ann")`},
		{ann, `update mine set body = body || '!' where nr < 3 returning nr, loud`, `(1,"A!")`},
		{ann, `update mine set loud = 'x'`, `ERR 0A000`},
		{ann, `insert into mine (nr, loud) values (1, 'x')`, `ERR 0A000`},
		{ann, `delete from mine where nr in (2, 3) returning *`, `(3,"c","C","ann")`},
		{ann, `insert into mine (nr, body) values (1, 'up') on conflict (nr)
			do update set body = excluded.body || mine.body returning *`, `(1,"upa!","UPA!","ann")`},
		{ann, `update mine2 set body = 'q' returning nr`, `(10)`},
		{ann, `insert into checked (id, owner, body) values (20, 'bob', 'z')`, `ERR 44000`},
		{ann, `update checked set owner = 'bob'`, `ERR 44000`},
		{ann, `insert into agg values ('x', 1)`, `ERR 55000`},
		{ann, `update agg set owner = 'x'`, `ERR 55000`},
		{ann, `update invoked set body = 'z'`, `ERR 42501`},
		{ann, `delete from mine where mine.* is not null and nr = 10 returning mine.nr`, `(10)`},
		{db.Owner, `select * from notes order by id`, `(1,"ann","upa!",7) (2,"bob","b",7)`},
	})
}

// A view's owner is asked about the table, unless the view is its invoker's.
func TestPoliciesBehindViews(t *testing.T) {
	t.Parallel()
	w := open(t, `
create table notes (id int primary key, body text);
alter table notes enable row level security;
create policy p on notes to authenticated using (id < 10) with check (id < 5);
insert into notes values (1, 'a'), (7, 'b'), (12, 'c');
create view theirs as select * from notes;
create view own with (security_invoker) as select * from notes;
`)
	w.steps([]step{
		{user(1), `insert into own values (2, 'x') returning id`, `(2)`},
		{user(1), `insert into own values (6, 'x')`, `ERR 42501`},
		{user(1), `update own set body = 'y' where id = 12 returning id`, ``},
		{user(1), `update own set body = 'y' where id = 7`, `ERR 42501`},
		{user(1), `delete from own returning id`, `(1) (2) (7)`},
		{user(1), `update theirs set body = 'z' returning id, body`, `(12,"z")`},
	})
}

func TestInsteadOfTriggers(t *testing.T) {
	t.Parallel()
	w := open(t, `
create table a (id int primary key, x text);
create table b (id int primary key, y text);
create view ab as select a.id, x, y from a join b using (id);
create function keep() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    delete from b where id = old.id; delete from a where id = old.id;
    return old;
  elsif new.x = 'drop' then
    return null;
  elsif tg_op = 'INSERT' then
    insert into a values (new.id, new.x); insert into b values (new.id, new.y);
  else
    update a set x = new.x where id = old.id; update b set y = new.y where id = old.id;
  end if;
  new.x := upper(new.x);
  return new;
end $$;
create trigger keep instead of insert or update or delete on ab for each row execute function keep();
`)
	w.steps([]step{
		{db.Owner, `insert into ab values (1, 'p', 'q'), (2, 'drop', 'r') returning *`, `(1,"P","q")`},
		{db.Owner, `update ab set y = y || '!', x = 'n' where id = 1 returning *`, `(1,"N","q!")`},
		{db.Owner, `select * from ab`, `(1,"n","q!")`},
		{db.Owner, `delete from ab where y like 'q%' returning id`, `(1)`},
		{db.Owner, `select count(*) from a`, `(0)`},
	})
}

func TestNamesThatDifferByCase(t *testing.T) {
	t.Parallel()
	w := open(t, `
create table places (id int primary key, name text unique);
create table "Places" (id int generated always as identity primary key, parent int references "Places" on delete cascade, place int references places);
insert into places values (1, 'a');
insert into "Places" (parent, place) values (null, 1), (1, 1);
`)
	w.steps([]step{
		{db.Owner, `select p.name, q.id, q.parent from places p join "Places" q on q.place = p.id order by 2`, `("a",1,null) ("a",2,1)`},
		{db.Owner, `insert into "Places" (place) values (9)`, `ERR 23503`},
		{db.Owner, `delete from places`, `ERR 23503`},
		{db.Owner, `delete from "Places" where id = 1 returning id`, `(1)`},
		{db.Owner, `select count(*) from "Places"`, `(0)`},
	})
	w.script(`alter table "Places" rename to "PLACES"; alter table "PLACES" add column "Name" text unique;`)
	w.steps([]step{{db.Owner, `insert into "PLACES" ("Name") values ('x'), ('x')`, `ERR 23505`}})
}
