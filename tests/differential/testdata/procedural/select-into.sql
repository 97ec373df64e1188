-- Select into, strict and not; returning into; perform; found and row_count after each kind of statement.
-- schema
create table t (id int primary key, n int);
insert into t values (1, 10), (2, 20), (3, 30);
create function plain(i int) returns text language plpgsql as $$
declare a int := -1; b int := -2; f bool;
begin
  select id, n into a, b from t where id >= i order by id;
  f := found;
  return concat_ws(' ', coalesce(a::text, 'null'), coalesce(b::text, 'null'), f);
end $$;
create function strictly(i int) returns text language plpgsql as $$
declare a int;
begin
  select n into strict a from t where id >= i;
  return a::text;
exception when no_data_found then return 'none: ' || sqlerrm; when too_many_rows then return 'many: ' || sqlerrm;
end $$;
create function strict_raises(i int) returns int language plpgsql as $$ declare a int; begin select n into strict a from t where id >= i; return a; end $$;
create function placed() returns text language plpgsql as $$
declare a int; b int; c int; r record;
begin
  select into a n from t where id = 1;
  select n into b from t where id = 2;
  select n from t where id = 3 into c;
  select a, b, c into r;
  return a + b + c || ' ' || r;
end $$;
create function fewer() returns text language plpgsql as $$
declare a int := 1; b int := 2; c int := 3;
begin
  select 7 into a, b;
  select 8, 9 into c;
  return concat_ws(',', a, coalesce(b::text, 'null'), c);
end $$;
create function to_fields() returns text language plpgsql as $$
declare r t%rowtype;
begin
  select 5 into r.n;
  select 4, 6 into r.id, r.n;
  return r;
end $$;
create function write_returning() returns text language plpgsql as $$
declare a int; b int; s text := '';
begin
  insert into t values (4, 40) returning id, n into a, b;
  s := a || ' ' || b || ' ' || found;
  update t set n = n + 1 where id = 99 returning n into a;
  s := s || ', ' || coalesce(a::text, 'null') || ' ' || found;
  delete from t where id = 4 returning n into strict b;
  s := s || ', ' || b;
  update t set n = n + 1 where id < 3 returning n into strict a;
  return s;
exception when too_many_rows then return s || ', many';
end $$;
create function write_many_returning() returns int language plpgsql as $$ declare a int; begin update t set n = n returning n into a; return a; end $$;
create function write_found() returns text language plpgsql as $$
declare s text := ''; k int;
begin
  s := s || found;
  perform 1 from t where id = 99; s := s || found;
  perform 1 from t; get diagnostics k = row_count; s := s || found || k;
  insert into t select 100 where false; s := s || found;
  insert into t values (50, 0), (51, 0); get diagnostics k = row_count; s := s || found || k;
  update t set n = 1 where id > 40; get diagnostics k := row_count; s := s || found || k;
  delete from t where id > 90; get diagnostics k = row_count; s := s || found || k;
  delete from t where id > 40; s := s || found;
  execute 'select 1 where false'; s := s || found;
  execute 'update t set n = n'; get diagnostics k = row_count; s := s || found || k;
  perform 1 where false; s := s || found;
  insert into t values (1, 1) on conflict do nothing; get diagnostics k = row_count; s := s || found || k;
  k := (select 5); s := s || found;
  return s;
end $$;
create function no_destination() returns int language plpgsql as $$ begin select 1; return 1; end $$;
create function performs() returns text language plpgsql as $$
begin
  perform id, n from t where id = 1;
  perform plain(1), plain(2);
  return found::text;
end $$;
-- as owner
select plain(1) as a, plain(3) as b, plain(9) as c;
select strictly(1) as a, strictly(3) as b, strictly(9) as c;
select strict_raises(9) as r /* P0002 */;
select strict_raises(1) as r /* P0003 */;
select placed() as r;
select fewer() as r;
select to_fields() as r;
select no_destination() as r /* 42601 */;
select performs() as r;
select write_returning() as r;
select write_many_returning() as r /* P0003 */;
select write_found() as r;
select * from t order by id;
