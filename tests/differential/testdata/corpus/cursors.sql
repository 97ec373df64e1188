-- Cursors, procedures, polymorphic functions, assignments to parts of values.
-- schema
create table t (id int primary key, n int);
insert into t values (1, 1), (2, 2), (3, 3);
create function walk() returns text language plpgsql as $$
declare c cursor for select * from t order by id; d cursor (k int) for select id from t where id > k order by id; r t%rowtype; s text := ''; x int; rc refcursor;
begin
 open c;
 loop fetch c into r; exit when not found; s := s || r.id; end loop;
 close c;
 for q in d(1) loop s := s || '-' || q.id; end loop;
 open d (2); close d; perform 1 / 0;
 return s;
exception when others then
 open rc for select id from t order by id desc; fetch rc into x; s := s || '/' || x; fetch next from rc into x; s := s || x; move rc; fetch rc into x;
 s := s || coalesce(x::text, 'none'); close rc;
 open rc for execute 'select n from t where id = $1' using 2; fetch rc into x; close rc;
 return s || x;
end $$;
create function scrolled() returns text language plpgsql as $$
declare c scroll cursor for select id from t order by id; x int; s text := '';
begin
 open c; fetch last from c into x; s := s || x; fetch prior from c into x; s := s || x; fetch first from c into x; s := s || x;
 fetch absolute 3 from c into x; s := s || x; fetch relative -1 from c into x; s := s || x; fetch backward from c into x;
 s := s || coalesce(x::text, '!') || found; close c; return s;
end $$;
create function unknown_cursor() returns int language plpgsql as $$ declare c refcursor; x int; begin fetch c into x; return x; end $$;
create procedure put(x int, inout y int default 5) language plpgsql as $$ begin insert into t values (x, y); y := y + x; end $$;
create procedure clear() language sql as $$ delete from t where id > 50; $$;
create function calls(x int) returns int language plpgsql as $$ declare y int := 7; begin call put(x, y); return y; end $$;
create function first_of(a anyelement, b anyelement) returns anyelement language sql as $$ select coalesce(a, b) $$;
create function size_of(a anyarray) returns int language plpgsql as $$ begin return array_length(a, 1); end $$;
create function last_of(a anyarray) returns anyelement language plpgsql as $$ declare r a%type; begin return a[array_length(a, 1)]; end $$;
create type pair as (a int, b text);
create table parts (id int primary key, tags text[], j jsonb, p pair);
insert into parts values (1, '{a,b}', '{"k": {"x": 1}, "l": [1]}', (1, 'one')), (2, null, null, null);
create function build(x int) returns jsonb language plpgsql as $$
declare j jsonb := '{}'; a int[] := '{0}'; begin j['x'] := to_jsonb(x); j['deep']['er'] := '"v"'; a[3] := x; j['list'] := to_jsonb(a); j['list'][5] := 'true'; return j; end $$;
-- as owner
select scrolled() as s;
select unknown_cursor();
call put(10);
call put(11, 9);
call clear();
call walk();
select put(1);
select * from t order by id;
select first_of(null::int, 5) as a, first_of('x'::text, null) as b, size_of(array[1, 2, 3]) as c, size_of('{a,b}'::text[]) as d;
select first_of(1, 'x'::text);
update parts set tags[2] = 'z', j['k']['x'] = '"two"', p.b = 'uno' where id = 1 returning *;
update parts set tags[1] = 'q', j['new'] = '[]', p.a = 5 where id = 2 returning *;
update parts set p.a = 1, p.b = 'both' where id = 2 returning p;
update parts set id[1] = 2;
update parts set p.nope = 2;
update parts set j['l'][3] = '9' where id = 1 returning j;
update parts set j['l']['x'] = '9' where id = 1;
select build(4) as j;
