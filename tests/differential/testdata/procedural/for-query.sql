-- For … in a query, in execute, in a write with returning; into a record, a row, several variables.
-- schema
create table t (id int primary key, n int, s text);
insert into t values (1, 10, 'a'), (2, 20, null), (3, 30, 'c');
create function recs() returns text language plpgsql as $$
declare r record; acc text := '';
begin
  for r in select id, s as name, n * 2 as twice from t order by id desc loop acc := acc || r.id || coalesce(r.name, '-') || r.twice || ' '; end loop;
  return acc || r.id || ' ' || found;
end $$;
create function no_rows() returns text language plpgsql as $$
declare r record;
begin
  for r in select id from t where false loop null; end loop;
  return found || ' ' || coalesce(r.id::text, 'null');
end $$;
create function several() returns text language plpgsql as $$
declare a int; b text; acc text := '';
begin
  for a, b in select id, s from t order by id loop acc := acc || a || coalesce(b, '_'); end loop;
  return acc || a || b;
end $$;
create function typed_row() returns text language plpgsql as $$
declare r t%rowtype; acc text := '';
begin for r in select * from t order by n loop acc := acc || r.n; r.n := 0; end loop; return acc; end $$;
create function one_value() returns int language plpgsql as $$
declare x int; total int := 0;
begin for x in select n from t loop total := total + x; end loop; return total; end $$;
create function by_execute(c text, lo int) returns text language plpgsql as $$
declare r record; acc text := '';
begin
  for r in execute format('select %I as v from t where id >= $1 order by id', c) using lo loop acc := acc || coalesce(r.v::text, '-') || ' '; end loop;
  return acc;
end $$;
create function write_each() returns text language plpgsql as $$
declare r record; acc text := '';
begin
  for r in update t set n = n + 1 where id < 3 returning id, n loop acc := acc || r.id || ':' || r.n || ' '; end loop;
  for r in insert into t values (9, 9, 'nine') returning * loop acc := acc || r.s; end loop;
  for r in with d as (delete from t where id = 9 returning id) select id from d loop acc := acc || r.id; end loop;
  return acc;
end $$;
create function write_sees_its_start() returns int language plpgsql as $$
declare r record; k int := 0;
begin
  for r in select id from t loop insert into t values (r.id + 100, 0, 'copy'); k := k + 1; end loop;
  return k;
end $$;
create function nested() returns text language plpgsql as $$
declare a record; b record; acc text := '';
begin
  for a in select id from t where id < 3 order by id loop
    for b in select id from t where id <= a.id order by id loop acc := acc || a.id || b.id || ' '; end loop;
  end loop;
  return acc;
end $$;
create function of_values() returns text language plpgsql as $$
declare a int; b text; acc text := '';
begin for a, b in values (1, 'x'), (2, 'y') loop acc := acc || a || b; end loop; return acc; end $$;
create function counted() returns text language plpgsql as $$
declare k int; r record;
begin
  perform 1 from t where id < 3;
  for r in select 1 from t loop null; end loop;
  get diagnostics k = row_count;
  return k || ' ' || found;
end $$;
-- as owner
select recs() as r;
select no_rows() as r;
select several() as r;
select typed_row() as r;
select one_value() as r;
select by_execute('n', 2) as a;
select by_execute('nope', 1) as r /* 42703 */;
select by_execute('n; drop table t', 1) as r /* 42703 */;
select nested() as r;
select of_values() as r;
select write_each() as r;
select write_sees_its_start() as r;
select * from t order by id;
