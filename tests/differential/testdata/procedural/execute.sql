-- Execute: of format() with %I, %L and %s, with using, into, into strict; what it may and may not do.
-- schema
create table "Odd name" (id int primary key, "a b" text, n int default 5);
create table t (id int primary key, s text);
insert into t values (1, 'x');
create function write_put(tbl text, col text, v text) returns int language plpgsql as $$
declare k int;
begin
  execute format('insert into %I (id, %I) values ((select coalesce(max(id), 0) + 1 from %1$I), %L)', tbl, col, v);
  execute format('select count(*) from %I', tbl) into k;
  return k;
end $$;
create function got(v text) returns text language plpgsql as $$
declare a text; b int;
begin
  execute format('select s, id from t where s = %L', v) into a, b;
  return coalesce(a, 'none') || coalesce(b::text, '-');
end $$;
create function used(a int, b text, c int[]) returns text language plpgsql as $$
declare r record;
begin
  execute 'select $1 + 1 as x, $2 || ''!'' as y, $1 = any ($3) as z' into r using a, b, c;
  return r.x || r.y || r.z;
end $$;
create function strictly(i int) returns text language plpgsql as $$
declare s text;
begin execute 'select s from t where id = $1' into strict s using i; return s; exception when no_data_found then return 'none'; end $$;
create function nothing() returns int language plpgsql as $$ declare q text; begin execute q; return 1; end $$;
create function variables_unseen() returns int language plpgsql as $$ declare v int := 3; r int; begin execute 'select v' into r; return r; end $$;
create function wrong() returns int language plpgsql as $$ begin execute 'selec 1'; return 1; end $$;
create function built(cond text) returns bigint language plpgsql as $$ declare n bigint; begin execute 'select count(*) from t where ' || cond into n; return n; end $$;
create function quoted(a text, b text) returns text language plpgsql as $$
declare r text; begin execute 'select ' || quote_literal(a) || ' || ' || quote_nullable(b) into r; return quote_ident(a) || coalesce(r, ' null'); end $$;
create function written(n int) returns text language plpgsql as $$ begin return format('%s|%10s|%-4s|%%|%2$s|%3$L|%1$I', n, 'b c', null); end $$;
-- as owner
select write_put('Odd name', 'a b', 'it''s') as r;
select write_put('Odd name', 'a b', null) as r;
select write_put('t', 's', '''); drop table t; --') as r;
select write_put('nope', 's', 'x') as r /* 42P01 */;
select write_put('t', 'nope', 'x') as r /* 42703 */;
select got('x') as a, got('''') as b, got(null) as c;
select used(1, 'q', '{1,2}') as r;
select strictly(1) as a, strictly(99) as b;
select nothing() as r /* 22004 */;
select variables_unseen() as r /* 42703 */;
select wrong() as r /* 42601 */;
select built('id > 0') as a, built('s is null') as b;
select built('id >') as r /* 42601 */;
select quoted('A''b', null) as a, quoted('c', 'd') as b;
select written(7) as r;
select * from "Odd name" order by id;
select * from t order by id;
