-- %type and %rowtype of tables, columns and variables; rows, composite types, domains, enums.
-- schema
create type mood as enum ('low', 'ok', 'high');
create domain price as numeric(8, 2) check (value >= 0);
create type point2 as (x int, y int);
create table t (id int primary key, name varchar(5), cost numeric(6, 2), feel mood, tags text[], at point2, p price);
insert into t values (1, 'one', 1.5, 'ok', '{a,b}', (1, 2), 3), (2, 'two', null, null, null, null, null);
create function by_type(i int) returns text language plpgsql as $$
declare n t.name%type; c public.t.cost%type; d c%type := 9.999; r t%rowtype; r2 t; f mood := 'high';
begin
  select name, cost into n, c from t where id = i;
  select * into r from t where id = i;
  r2 := r; r2.name := 'other';
  if r.feel < f then n := n || '!'; end if;
  return concat_ws(' ', n, c, d, r.name, r2.name, r.tags[1], (r.at).x, r2.id, r.feel);
end $$;
create function too_long() returns text language plpgsql as $$ declare n t.name%type; begin n := 'much too long'; return n; end $$;
create function below() returns numeric language plpgsql as $$ declare p price := 1; begin p := p - 2; return p; end $$;
create function composed() returns point2 language plpgsql as $$ declare p point2; begin p.x := 4; p.y := p.x * 2; return p; end $$;
create function composed_of(p point2) returns point2 language plpgsql as $$ begin p.x := p.x + 1; return row(p.y, p.x); end $$;
create function row_of(i int) returns t language plpgsql as $$ declare r t; begin select * into r from t where id = i; r.cost := coalesce(r.cost, 0) + 1; return r; end $$;
create function no_row() returns t language plpgsql as $$ declare r t; begin select * into r from t where id = 99; return r; end $$;
create function write_row(r t) returns int language plpgsql as $$ begin insert into t select r.*; return r.id; end $$;
create function write_rows() returns text language plpgsql as $$
declare r t%rowtype;
begin
  select * into r from t where id = 1;
  r.id := 50; r.name := 'fifty';
  insert into t values (r.*);
  update t set name = r.name || '', cost = r.cost where id = 2;
  return (select string_agg(name, ',' order by id) from t);
end $$;
create function array_of_rows() returns text language plpgsql as $$
declare a point2[]; p point2; s text := '';
begin
  a := array[(1, 2)::point2, (3, 4)::point2];
  foreach p in array a loop s := s || p.x || '-' || p.y || ' '; end loop;
  return s || (a[2]).y;
end $$;
create function of_enum(m mood) returns text language plpgsql as $$ begin case m when 'low' then return 'L'; when 'high' then return 'H'; else return 'M'; end case; end $$;
-- as owner
select by_type(1) as r;
select by_type(2) as r;
select too_long() as r /* 22001 */;
select below() as r /* 23514 */;
select composed() as r;
select (composed()).y as r;
select composed_of((1, 2)) as r;
select * from composed_of(row(5, 6));
select * from row_of(1);
select (row_of(2)).cost as r;
select array_of_rows() as r;
select of_enum('high') as a, of_enum('ok') as b;
select write_rows() as r;
select write_row((7, 'seven', 1, 'low', '{}', null, 2)::t) as r;
select write_row((8, 'eight', 1, 'low', '{}', null, -2)::t) as r /* 23514 */;
select id, name, cost, p from t order by id;
