-- Raise: levels, formats, conditions, using; what is raised reaches the client as it is.
-- schema
create table log (what text);
create function levels() returns text language plpgsql as $$
begin
  raise debug 'd %', 1; raise log 'l'; raise info 'i %%'; raise notice 'n % %', null, array[1, 2]; raise warning 'w' using hint = 'h', errcode = '01000';
  raise notice using message = 'only using';
  return 'went on';
end $$;
create function notice_fails() returns text language plpgsql as $$ begin raise notice '%', 1 / 0; return 'x'; end $$;
create function formats(a int, b text) returns int language plpgsql as $$ begin raise exception 'a=% b=% c=% d=% %%', a, b, a + 1, row(a, b); end $$;
create function options() returns int language plpgsql as $$
begin raise exception 'm' using errcode = 'PT404', detail = 'det ' || 1, hint = 'hi', constraint = 'con', table = 'tab', column = 'col', schema = 'sch', datatype = 'dt'; end $$;
create function by_name() returns int language plpgsql as $$ begin raise unique_violation using message = 'twice', constraint = 'k'; end $$;
create function by_name_alone() returns int language plpgsql as $$ begin raise division_by_zero; end $$;
create function by_state() returns int language plpgsql as $$ begin raise sqlstate 'AB123'; end $$;
create function by_code_name() returns int language plpgsql as $$ begin raise exception 'x' using errcode = 'check_violation'; end $$;
create function by_message() returns int language plpgsql as $$ begin raise exception using message = 'M ' || 1, errcode = '22023'; end $$;
create function default_level() returns int language plpgsql as $$ begin raise 'plain %', 'text'; end $$;
create function null_option() returns int language plpgsql as $$ declare h text; begin raise exception 'x' using hint = h; end $$;
create function again() returns int language plpgsql as $$ begin begin perform 1 / 0; exception when others then raise; end; return 1; end $$;
create function other() returns int language plpgsql as $$ begin begin perform 1 / 0; exception when others then raise exception 'instead of %: %', sqlstate, sqlerrm; end; return 1; end $$;
create function nowhere() returns int language plpgsql as $$ begin raise; end $$;
create function asserts(x int) returns text language plpgsql as $$
begin
  assert x > 0;
  assert x > 1, 'x is ' || x;
  return 'fine';
exception when others then return 'caught';
end $$;
create function asserts_caught(x int) returns text language plpgsql as $$
begin assert x > 0, 'no'; return 'fine'; exception when assert_failure then return sqlstate || sqlerrm; end $$;
create function asserts_null() returns text language plpgsql as $$ begin assert null, 'null is not true'; return 'x'; end $$;
create function write_then_fail() returns int language plpgsql as $$ begin insert into log values ('gone'); raise exception 'taken back'; end $$;
-- as owner
select levels() as r;
select notice_fails() as r /* 22012 */;
select formats(1, null) as r /* P0001 */;
select options() as r /* PT404 */;
select by_name() as r /* 23505 */;
select by_name_alone() as r /* 22012 */;
select by_state() as r /* AB123 */;
select by_code_name() as r /* 23514 */;
select by_message() as r /* 22023 */;
select default_level() as r /* P0001 */;
select null_option() as r /* 22004 */;
select again() as r /* 22012 */;
select other() as r /* P0001 */;
select nowhere() as r /* 0Z002 */;
select asserts(2) as r;
select asserts(1) as r /* P0004 */;
select asserts(0) as r /* P0004 */;
select asserts_caught(0) as r;
select asserts_null() as r /* P0004 */;
select write_then_fail() as r /* P0001 */;
select * from log;
