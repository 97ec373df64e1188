-- Return, return next, return query and return query execute; setof, table and out arguments; found after them.
-- schema
create type pair as (a int, b text);
create table t (id int primary key, s text);
insert into t values (1, 'x'), (2, 'y'), (3, null);
create function nexts(n int) returns setof int language plpgsql as $$ begin for i in 1..n loop return next i * i; end loop; return; end $$;
create function nexts_without_return() returns setof text language plpgsql as $$ begin return next 'a'; return next null; end $$;
create function queries() returns setof t language plpgsql as $$
begin
  return query select * from t where id < 3 order by id;
  return next row(9, 'nine')::t;
  return query execute 'select * from t where id = $1' using 3;
  return query select 10, 'ten'::text;
end $$;
create function tables(lo int) returns table (num int, word text) language plpgsql as $$
begin
  return query select id, s from t where id >= lo order by id;
  num := 100; word := 'end'; return next;
  word := null; return next;
end $$;
create function outs(a int, out b int, inout c text, out d numeric) language plpgsql as $$ begin b := a + 1; c := c || '!'; end $$;
create function one_out(a int, out b int) language plpgsql as $$ begin b := a; return; end $$;
create function set_of_outs(out a int, out b text) returns setof record language plpgsql as $$
begin a := 1; b := 'one'; return next; a := 2; return next; return query select 3, 'three'::text; end $$;
create function rec(i int) returns record language plpgsql as $$ declare r record; begin select id, s into r from t where id = i; return r; end $$;
create function recs() returns setof record language plpgsql as $$ begin return query select id, s from t order by id; end $$;
create function pairs() returns setof pair language plpgsql as $$
declare p pair; begin for p in select id, s from t order by id loop return next p; end loop; return next (5, 'five'::text); end $$;
create function founds() returns text language plpgsql as $$
declare s text := '';
begin perform 1 from nexts(0); s := s || found; perform nexts(2); return s || found; end $$;
create function query_found() returns setof text language plpgsql as $$
declare k int;
begin
  return query select 'a' where false; return next 'found ' || found;
  return query select 'b' union all select 'c'; get diagnostics k = row_count; return next 'found ' || found || ' ' || k;
  return query execute 'select ''d'' where false'; return next 'found ' || found;
  return query execute 'select ''e'''; return next 'found ' || found;
end $$;
create function wrong_shape() returns setof t language plpgsql as $$ begin return query select 1; end $$;
create function wrong_type() returns table (a int) language plpgsql as $$ begin return query select 'x'::text; end $$;
create function nothing() returns void language plpgsql as $$ begin return; end $$;
create function write_returned() returns setof t language plpgsql as $$ begin return query update t set s = s || '+' where id < 3 returning *; return query insert into t values (4, 'w') returning *; end $$;
create function until(n int) returns setof int language plpgsql as $$ begin for i in 1..10 loop if i > n then return; end if; return next i; end loop; end $$;
create function converted() returns bigint language plpgsql as $$ begin return '42'; end $$;
create function rounded() returns int language plpgsql as $$ begin return 2.5; end $$;
create function of_table() returns numeric language plpgsql as $$ begin return id from t order by id desc limit 1; end $$;
-- as owner
select * from nexts(3);
select nexts(2) as n;
select n, nexts(n) as sq from generate_series(1, 3) n order by 1, 2;
select * from nexts_without_return();
select * from queries();
select (queries()).s as s;
select * from tables(2);
select num * 2 as d, word from tables(3) where word is not null order by 1;
select t.id, x.word from t, tables(t.id) x where x.num < 100 order by 1, 2;
select * from outs(1, 'hey');
select outs(1, 'hey') as r;
select (outs(1, 'hey')).c as r;
select one_out(4) as r;
select * from set_of_outs();
select rec(1)::text as r;
select * from rec(2) as (x int, y text);
select * from recs() as (x int, y text) order by x;
select * from pairs();
select founds() as r;
select * from query_found();
select * from wrong_shape() /* 42804 */;
select * from wrong_type() /* 42804 */;
select nothing() as r;
select * from until(2);
select converted() as a, rounded() as b, of_table() as c;
select * from write_returned();
select count(*) as n from nexts(20) as x (v) where v % 2 = 0;
select array(select nexts(3)) as r;
select * from t order by id;
