-- PL/pgSQL: control flow, exceptions, found, records, dynamic values.
-- schema
create table t (id int primary key, n int, s text);
create table log (what text);
create function grade(x int) returns text language plpgsql immutable as $$
begin
  if x is null then return 'none'; elsif x > 10 then return 'high'; elsif x > 5 then return 'mid'; else return 'low'; end if;
end $$;
create function sum_to(n int) returns int language plpgsql as $$
declare total int := 0; i int;
begin
  for i in 1..n loop continue when i % 2 = 0; total := total + i; exit when total > 20; end loop;
  return total;
end $$;
create function write_put(i int, v text) returns text language plpgsql as $$
declare was t%rowtype; c int;
begin
  select * into was from t where id = i;
  if not found then insert into t values (i, 0, v); return 'new'; end if;
  update t set s = v, n = n + 1 where id = i returning n into c;
  return 'old ' || coalesce(was.s, '-') || ' ' || c;
end $$;
create function careful(a int, b int) returns text language plpgsql as $$
begin
  return (a / b)::text;
exception when division_by_zero then return 'zero'; when others then return sqlstate || ' ' || sqlerrm;
end $$;
create function write_safe(i int) returns text language plpgsql as $$
begin
  begin
    insert into log (what) values ('try');
    insert into t values (i, 1, 'x');
  exception when unique_violation then
    insert into log (what) values ('dup');
    return 'dup';
  end;
  return 'ok';
end $$;
create function each() returns setof text language plpgsql as $$
declare r record;
begin for r in select id, s from t order by id loop return next r.id || ':' || r.s; end loop; return; end $$;
create function pairs() returns table (a int, b text) language plpgsql as $$ begin return query select id, s from t order by id; end $$;
create function strict_one(i int) returns text language plpgsql as $$ declare v text; begin select s into strict v from t where id = i; return v; end $$;
create function complain(k text) returns void language plpgsql as $$ begin raise exception 'bad %', k using errcode = '22023', detail = 'because', hint = 'do not'; end $$;
create function arr(xs int[]) returns int language plpgsql as $$ declare x int; s int := 0; begin foreach x in array xs loop s := s + x; end loop; return s; end $$;
create function looped(n int) returns int language plpgsql as $$ declare i int := 0; begin while i < n loop i := i + 2; end loop; return i; end $$;
create function jb(j jsonb) returns jsonb language plpgsql as $$ declare k text; o jsonb := '{}'; begin for k in select jsonb_object_keys(j) order by 1 loop o := o || jsonb_build_object(upper(k), j -> k); end loop; return o; end $$;
-- as u1
select grade(null) as a, grade(3) as b, grade(7) as c, grade(11) as d;
select sum_to(5) as a, sum_to(100) as b;
select write_put(1, 'a') as r;
select write_put(1, 'b') as r;
select write_put(1, 'c') as r;
select careful(1, 0) as a, careful(4, 2) as b;
select careful(null, 0) as a;
select write_safe(1) as r;
select write_safe(2) as r;
select what from log order by what;
select * from each();
select * from pairs();
select strict_one(1) as r;
select strict_one(99) as r;
select complain('x');
select arr(array[1, 2, 3]) as a, arr('{}') as b;
select looped(5) as r;
select jb('{"b": 1, "a": [2]}') as j;
select grade(n) as g, count(*) as c from t group by 1 order by 1;
select nope('x');
select grade('x');
select write_put(1, null) as r;
