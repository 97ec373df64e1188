package sqlite_test

import (
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
)

// Expectations here were seen on PostgreSQL 15.

func TestProcedures(t *testing.T) {
	t.Parallel()
	w := open(t, `
create table things (id int primary key, name text unique, n int default 0, tags text[]);
insert into things (id, name, n) values (1, 'one', 1), (2, 'two', 2), (3, 'three', 3);
create type mood as enum ('sad', 'ok', 'happy');

create function fac(n int) returns bigint language plpgsql as $$
declare r bigint := 1;
begin
  for i in 2..n loop r := r * i; end loop;
  return r;
end $$;

create function fib(n int) returns int language plpgsql as $$
begin
  if n < 2 then return n; elsif n = 2 then return 1; else return fib(n - 1) + fib(n - 2); end if;
end $$;

create function sum_things() returns int language plpgsql as $$
declare total int := 0; rec record;
begin
  for rec in select id, n from things order by id loop
    continue when rec.id = 2;
    total := total + rec.n * 10;
  end loop;
  return total;
end $$;

create function big_things(low int) returns table (id int, label text) language plpgsql as $$
#variable_conflict use_column
begin
  return query select id, upper(name) from things where n >= low order by id;
  id := 99; label := 'extra';
  return next;
end $$;

create function grade(x int) returns mood language plpgsql immutable as $$
begin
  case when x < 3 then return 'sad'; when x < 7 then return 'ok'; else return 'happy'; end case;
end $$;

create function simple(x text) returns text language plpgsql as $$
begin
  case x when 'a', 'b' then return 'first'; when 'c' then return 'second'; end case;
end $$;

create function careful(a int, b int) returns text language plpgsql as $$
begin
  return (a / b)::text;
exception
  when division_by_zero then return 'infinite';
  when others then return sqlstate || ': ' || sqlerrm;
end $$;

create function undone() returns int language plpgsql as $$
declare k int;
begin
  insert into things (id, name) values (50, 'fifty');
  begin
    insert into things (id, name) values (51, 'fifty one');
    insert into things (id, name) values (52, 'one');
  exception when unique_violation then
    insert into things (id, name) values (53, sqlstate);
  end;
  select count(*) into k from things where id >= 50;
  return k;
end $$;

create function counted() returns text language plpgsql as $$
declare k int; x things%rowtype; y things.name%type;
begin
  update things set n = n + 1 where id <= 2;
  get diagnostics k = row_count;
  select * into x from things where id = 2;
  select name into y from things where id = 77;
  return k || ' ' || x.name || ' ' || x.n || ' ' || found || ' ' || coalesce(y, 'nobody');
end $$;

create function strictly(i int) returns text language plpgsql as $$
declare y text;
begin
  select name into strict y from things where id >= i;
  return y;
exception when no_data_found then return 'none'; when too_many_rows then return 'many';
end $$;

create function dynamic(tbl text, i int) returns text language plpgsql as $$
declare y text;
begin
  execute format('select name from %I where id = $1', tbl) into y using i;
  return y;
end $$;

create function arrays() returns text language plpgsql as $$
declare a int[] := array[1, 2]; x int; s text := '';
begin
  a[4] := 7;
  foreach x in array a loop s := s || coalesce(x::text, '-') || ';'; end loop;
  return s;
end $$;

create function loops() returns text language plpgsql as $$
declare i int := 0; s text := '';
begin
  <<outer>>
  loop
    i := i + 1;
    for j in reverse 3..1 loop
      exit outer when i = 3;
      continue outer when j = 1;
      s := s || i || j || ' ';
    end loop;
  end loop;
  while i < 6 loop i := i + 2; end loop;
  return s || i;
end $$;

create function outs(a int, out double int, out half numeric) language plpgsql as $$
begin double := a * 2; half := a / 2.0; end $$;

create function nothing() returns void language plpgsql as $$ begin perform fac(3); end $$;

create function fails(kind text) returns void language plpgsql as $$
begin
  if kind = 'plain' then raise exception 'no % for %', 'bread', 7 using hint = 'bake', detail = 'flour';
  elsif kind = 'state' then raise sqlstate 'PT402' using message = 'pay';
  elsif kind = 'cond' then raise unique_violation using constraint = 'c';
  elsif kind = 'assert' then assert 1 = 2, 'sums';
  elsif kind = 'deep' then perform fails('deep');
  end if;
  raise notice 'fine %', kind;
end $$;

create function setof_ints() returns setof int language plpgsql as $$
begin for i in 1..3 loop return next i * i; end loop; return; end $$;

create function thing_of(i int) returns things language plpgsql as $$
declare r things; begin select * into r from things where id = i; return r; end $$;

create function writes_sql(i int) returns setof things language sql as $$
  update things set n = 100 where id = i returning *;
$$;
`)
	o := db.Owner
	w.steps([]step{
		{o, "select fac(5)", "(120)"},
		{o, "select fib(10)", "(55)"},
		{o, "select sum_things()", "(40)"},
		{o, "select * from big_things(2)", `(2,"TWO") (3,"THREE") (99,"extra")`},
		{o, "select label from big_things(3)", `("THREE") ("extra")`},
		{o, "select grade(5)", `("ok")`},
		{o, "select simple('b')", `("first")`},
		{o, "select simple('z')", "ERR 20000"},
		{o, "select careful(6, 3)", `("2")`},
		{o, "select careful(6, 0)", `("infinite")`},
		{o, "select undone()", "(2)"},
		{o, "select id, name from things where id >= 50 order by id", `(50,"fifty") (53,"23505")`},
		{o, "select counted()", `("2 two 3 false nobody")`},
		{o, "select strictly(900)", `("none")`},
		{o, "select strictly(1)", `("many")`},
		{o, "select dynamic('things', 3)", `("three")`},
		{o, "select dynamic('things; drop table things', 3)", "ERR 42P01"},
		{o, "select arrays()", `("1;2;-;7;")`},
		{o, "select loops()", `("13 12 23 22 7")`},
		{o, "select * from outs(5)", "(10,2.5000000000000000)"},
		{o, "select nothing()", `("")`},
		{o, "select fails('plain')", "ERR P0001"},
		{o, "select fails('state')", "ERR PT402"},
		{o, "select fails('cond')", "ERR 23505"},
		{o, "select fails('assert')", "ERR P0004"},
		{o, "select fails('deep')", "ERR 54001"},
		{o, "select fails('none')", `("")`},
		{o, "select * from setof_ints()", "(1) (4) (9)"},
		{o, "select id, name from thing_of(2)", `(2,"two")`},
		{o, "select id, n from writes_sql(3)", "(3,100)"},
		{o, "select n from things where id = 3", "(100)"},
	})
	f := w.fails(o, "select fails('plain')")
	if f.Message != "no bread for 7" || f.Detail != "flour" || f.Hint != "bake" {
		t.Errorf("raise = %q %q %q", f.Message, f.Detail, f.Hint)
	}
}

func TestTriggerFunctions(t *testing.T) {
	t.Parallel()
	w := open(t, `
create table users (id uuid primary key, meta jsonb, email text);
create table profiles (id uuid primary key references users on delete cascade, name text not null, changes int default 0, updated_at timestamptz);
alter table profiles enable row level security;
create function handle() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id, name) values (new.id, coalesce(new.meta ->> 'name', split_part(new.email, '@', 1)));
  return new;
end $$;
create trigger t after insert on users for each row execute procedure handle();

create function touch() returns trigger language plpgsql as $$
begin
  if new is distinct from old then new.changes := old.changes + 1; end if;
  new.updated_at = now();
  return new;
end $$;
create trigger touch before update of name on profiles for each row execute function touch();

create function guard() returns trigger language plpgsql as $$
begin
  if old.name = 'root' then raise exception 'root stays' using errcode = 'restrict_violation'; end if;
  if old.name = 'keep' then return null; end if;
  return old;
end $$;
create trigger guard before delete on profiles for each row when (old.name <> 'free') execute function guard();

create table audit (n int generated always as identity, op text, tbl text, old_name text, new_name text, args text);
create function note() returns trigger language plpgsql security definer as $$
begin
  insert into audit (op, tbl, old_name, new_name, args)
  values (tg_op, tg_table_schema || '.' || tg_table_name, old.name, new.name, array_to_string(tg_argv, ','));
  return null;
end $$;
create trigger note after insert or update or delete on profiles for each row execute function note('x', 'y');

create function swallow() returns trigger language plpgsql as $$ begin return null; end $$;
create table void_rows (id int primary key);
create trigger s before insert on void_rows for each row execute function swallow();
create function forgets() returns trigger language plpgsql as $$ begin new.id := 1; end $$;
create table forgetful (id int primary key);
create trigger f before insert on forgetful for each row execute function forgets();
create function recurse() returns trigger language plpgsql as $$ begin insert into loops values (new.id + 1); return null; end $$;
create table loops (id int primary key);
create trigger r after insert on loops for each row execute function recurse();
`)
	o, anon := db.Owner, db.Session{Role: "anon"}
	w.steps([]step{
		{anon, `insert into users values ('` + uid(1) + `', '{"name": "Ann"}', 'a@x'), ('` + uid(2) + `', null, 'bob@x')`, ""},
		{anon, "select name from profiles", ""},
		{o, "select name, changes from profiles order by name", `("Ann",0) ("bob",0)`},
		{o, "update profiles set name = 'keep' where name = 'bob' returning name, changes, updated_at is not null", `("keep",1,true)`},
		{o, "update profiles set changes = 5 where name = 'Ann' returning changes, updated_at", "(5,null)"},
		{o, "delete from profiles where name = 'keep' returning name", ""},
		{o, "update profiles set name = 'root' where name = 'Ann'", ""},
		{o, "delete from profiles", "ERR 23001"},
		{o, "select op, tbl, old_name, new_name, args from audit order by n",
			`("INSERT","public.profiles",null,"Ann","x,y") ("INSERT","public.profiles",null,"bob","x,y") ("UPDATE","public.profiles","bob","keep","x,y") ("UPDATE","public.profiles","Ann","Ann","x,y") ("UPDATE","public.profiles","Ann","root","x,y")`},
		{o, "insert into void_rows values (1) returning id", ""},
		{o, "select count(*) from void_rows", "(0)"},
		{o, "insert into forgetful values (5)", "ERR 2F005"},
		{o, "insert into loops values (1)", "ERR 54001"},
		{o, "select count(*) from loops", "(0)"},
	})
}

// Item 8: cascaded rows fire their AFTER triggers.
func TestCascadesFireTriggers(t *testing.T) {
	t.Parallel()
	w := open(t, `
create table parents (id int primary key);
create table children (id int primary key, parent int references parents on delete cascade on update cascade);
create table toys (id int primary key, child int references children on delete set null);
create table log (n int generated always as identity, what text);
create function note() returns trigger language plpgsql as $$ begin
  insert into log (what) values (tg_table_name || ' ' || tg_op || ' ' || coalesce(old.id::text, '') || ' ' || coalesce(to_jsonb(new)::text, ''));
  return null;
end $$;
create trigger a after update or delete on children for each row execute function note();
create trigger b after update or delete on toys for each row execute function note();
create trigger c after update or delete on parents for each row execute function note();
insert into parents values (1), (2);
insert into children values (10, 1), (20, 2);
insert into toys values (100, 10), (200, 20);
`)
	w.steps([]step{
		{db.Owner, "delete from parents where id = 1", ""},
		{db.Owner, "select what from log order by what", `("children DELETE 10 ") ("parents DELETE 1 ") ("toys UPDATE 100 {\"id\": 100, \"child\": null}")`},
		{db.Owner, "delete from log", ""},
		{db.Owner, "update parents set id = 3 where id = 2", ""},
		{db.Owner, "select what from log order by what", `("children UPDATE 20 {\"id\": 20, \"parent\": 3}") ("parents UPDATE 2 {\"id\": 3}")`},
		{db.Owner, "select child from toys order by id", "(null) (20)"},
	})
}
