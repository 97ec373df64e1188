-- Exceptions: what a block did is taken back, its variables stay; by name, class, sqlstate, others; nested; get stacked diagnostics.
-- schema
create table t (id int primary key, n int check (n > 0), p int references t);
drop schema if exists noted cascade; create schema noted; grant usage on schema noted to public;
create table noted.log (n int generated always as identity, what text); -- numbers of a sequence are not compared
grant all on noted.log to public;
create table late (id int primary key, p int references t deferrable initially deferred);
create function write_back() returns text language plpgsql as $$
declare s text := 'a'; k int;
begin
  insert into t values (1, 1);
  begin
    s := s || 'b';
    insert into t values (2, 2);
    insert into noted.log (what) values ('inside');
    insert into t values (1, 1);
    s := s || 'never';
  exception when unique_violation then s := s || 'c';
  end;
  select count(*) into k from t;
  return s || k;
end $$;
create function write_kinds(k int) returns text language plpgsql as $$
begin
  case k
    when 1 then insert into t values (null, 1); when 2 then insert into t values (3, 0); when 3 then insert into t values (4, 1, 99);
    when 4 then perform 'x'::int; when 5 then perform 1 / 0; when 6 then perform array_agg(x) from nope x; when 7 then raise exception 'own';
    when 8 then raise sqlstate 'ZZ999'; when 9 then perform nope(); when 10 then perform 2147483647 + 1; when 11 then perform '2026-13-01'::date;
    when 12 then perform (select g from generate_series(1, 2) g); when 13 then perform 'abc'::uuid; when 14 then perform '{'::jsonb; when 15 then perform sqrt(-1);
    when 16 then perform substr('abc', 1, -1); when 17 then perform 'x'::bool; when 18 then perform nope from t; else return 'nothing';
  end case;
  return 'no error';
exception
  when not_null_violation then return 'not null ' || sqlstate;
  when check_violation or foreign_key_violation then return 'check or key ' || sqlerrm;
  when invalid_text_representation then return 'text ' || sqlerrm;
  when division_by_zero then return 'zero';
  when data_exception then return 'data ' || sqlstate || ' ' || sqlerrm;
  when undefined_table or undefined_function or undefined_column then return 'undefined ' || sqlerrm;
  when raise_exception then return 'raised ' || sqlerrm;
  when sqlstate 'ZZ999' then return 'own state';
  when others then return 'other ' || sqlstate || ' ' || sqlerrm;
end $$;
create function nested() returns text language plpgsql as $$
declare s text := '';
begin
  begin
    begin perform 1 / 0;
    exception when unique_violation then s := s || 'wrong'; end;
  exception when division_by_zero then
    s := s || 'outer ' || sqlstate || ' ';
    begin perform 'x'::int; exception when others then s := s || 'inner ' || sqlstate || ' '; end;
    s := s || sqlstate || ' ' || sqlerrm;
  end;
  return s;
end $$;
create function from_handler() returns text language plpgsql as $$
begin
  begin perform 1 / 0; exception when division_by_zero then perform 'y'::int; when others then return 'not this one'; end;
  return 'x';
exception when others then return 'outside ' || sqlerrm;
end $$;
create function stacked() returns text language plpgsql as $$
declare a text; b text; c text; d text; e text; f text; g text; h text;
begin
  raise exception 'msg' using errcode = '22023', detail = 'det', hint = 'hin', constraint = 'con', table = 'tab', column = 'col', schema = 'sch', datatype = 'dat';
exception when others then
  get stacked diagnostics a = returned_sqlstate, b = message_text, c = pg_exception_detail, d = pg_exception_hint, e = constraint_name, f = table_name, g = column_name, h = schema_name;
  return concat_ws('|', a, b, c, d, e, f, g, h);
end $$;
create function write_stacked() returns text language plpgsql as $$
declare a text; b text; c text; d text;
begin
  insert into t values (50, -1);
  return 'x';
exception when check_violation then
  get stacked diagnostics a = constraint_name, b = table_name, c = schema_name, d = pg_datatype_name;
  return concat_ws('|', a, b, c, d);
end $$;
create function stacked_outside() returns text language plpgsql as $$ declare a text; begin get stacked diagnostics a = message_text; return a; end $$;
create function write_in_handler() returns text language plpgsql as $$
begin
  perform 1 / 0;
exception when others then
  insert into noted.log (what) values ('handled ' || sqlerrm);
  return 'logged';
end $$;
create function write_loop(n int) returns int language plpgsql as $$
declare ok int := 0;
begin
  for i in 1..n loop
    begin
      insert into t values (100 + i / 2, 1);
      ok := ok + 1;
    exception when unique_violation then insert into noted.log (what) values ('again ' || i);
    end;
  end loop;
  return ok;
end $$;
create function fails(x int) returns int language plpgsql as $$ begin if x > 1 then raise exception 'deep %', x using errcode = 'P0042'; end if; return x; end $$;
create function write_calls() returns text language plpgsql as $$
declare s text := '';
begin
  for i in 1..3 loop begin s := s || fails(i); exception when sqlstate 'P0042' then s := s || '[' || sqlerrm || ']'; end; end loop;
  return s;
end $$;
create function write_deferred() returns text language plpgsql as $$
begin
  begin insert into late values (1, 999); raise exception 'undo'; exception when raise_exception then null; end;
  insert into late values (2, null);
  return 'fine';
end $$;
create function returned_value() returns int language plpgsql as $$ begin return 1 / 0; exception when division_by_zero then return -1; end $$;
create function write_sets() returns setof int language plpgsql as $$
begin return next 1; begin return next 2; perform 1 / 0; exception when others then return next 3; end; return next 4; end $$;
create function outer_sql() returns text language plpgsql as $$ begin return sqlstate; end $$;
-- as owner
select write_back() as r;
select k, write_kinds(k) as r from generate_series(1, 19) k order by k;
select nested() as r;
select from_handler() as r;
select stacked() as r;
select write_stacked() as r;
select stacked_outside() as r /* 0Z002 */;
select write_in_handler() as r;
select write_loop(5) as r;
select write_calls() as r;
select write_deferred() as r;
select returned_value() as r;
select * from write_sets();
select outer_sql() as r /* 42703 */;
select * from t order by id;
select what from noted.log order by n;
select * from late;
