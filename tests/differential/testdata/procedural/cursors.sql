-- Cursors: bound with arguments, unbound, for execute; fetch in all directions, move, close; for in cursor; what goes wrong.
-- schema
create table t (id int primary key, n int);
insert into t values (1, 10), (2, 20), (3, 30), (4, 40);
create function bound() returns text language plpgsql as $$
declare c cursor for select id, n from t order by id; a int; b int; s text := '';
begin
  open c;
  loop fetch c into a, b; exit when not found; s := s || a || ':' || b || ' '; end loop;
  close c;
  open c; fetch c into a, b; close c;
  return s || a;
end $$;
create function with_arguments() returns text language plpgsql as $$
declare c cursor (lo int, hi int) for select id from t where id between lo and hi order by id; x int; s text := '';
begin
  open c (2, 3); fetch c into x; s := s || x; close c;
  open c (hi := 4, lo := 4); fetch c into x; s := s || x; close c;
  for r in c (1, 2) loop s := s || '-' || r.id; end loop;
  return s;
end $$;
create function unbound(tbl text) returns text language plpgsql as $$
declare c refcursor; r record; s text := '';
begin
  open c for select * from t order by id desc; fetch c into r; s := s || r.id; close c;
  open c for execute format('select count(*) as k from %I where n > $1', tbl) using 15; fetch c into r; s := s || '/' || r.k; close c;
  return s;
end $$;
create function directions() returns text language plpgsql as $$
declare c scroll cursor for select id from t order by id; x int; s text := '';
begin
  open c;
  fetch last from c into x; s := s || x; fetch prior from c into x; s := s || x; fetch first from c into x; s := s || x;
  fetch absolute 3 from c into x; s := s || x; fetch absolute -1 from c into x; s := s || x; fetch relative -2 from c into x; s := s || x;
  move forward 1 from c; fetch next from c into x; s := s || x; move last from c; fetch c into x; s := s || coalesce(x::text, 'none') || found;
  move backward 2 in c; fetch c into x; s := s || coalesce(x::text, 'none');
  return s;
end $$;
create function steady() returns text language plpgsql as $$
declare c cursor for select n from t order by id; x int; s text := '';
begin open c; update t set n = 0; loop fetch c into x; exit when not found; s := s || x || ' '; end loop; update t set n = id * 10; return s; end $$;
create function write_steady() returns text language plpgsql as $$ begin return steady(); end $$;
create function twice() returns int language plpgsql as $$ declare c cursor for select 1; begin open c; open c; return 1; end $$;
create function closed() returns int language plpgsql as $$ declare c cursor for select 1; x int; begin open c; close c; fetch c into x; return x; end $$;
create function never_opened() returns int language plpgsql as $$ declare c refcursor; x int; begin fetch c into x; return x; end $$;
create function named() returns text language plpgsql as $$ declare c refcursor := 'mine'; x int; begin open c for select id from t order by id; fetch c into x; return c::text || x; end $$;
create function in_loop() returns text language plpgsql as $$
declare c cursor for select id from t order by id; s text := '';
begin
  for r in c loop continue when r.id = 2; exit when r.id = 4; s := s || r.id; end loop;
  for r in c loop s := s || r.id; end loop;
  return s;
end $$;
-- as owner
select bound() as r;
select with_arguments() as r;
select unbound('t') as r;
select directions() as r;
select write_steady() as r;
select twice() as r /* 42P03 */;
select closed() as r /* 34000 */;
select never_opened() as r /* 22004 */;
select named() as r;
select in_loop() as r;
