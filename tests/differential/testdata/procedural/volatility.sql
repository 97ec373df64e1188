-- Volatility: stable and immutable may not write, in whatever way; what they see; settings.
-- schema
create table t (id int primary key, n int);
insert into t values (1, 1);
create sequence s;
create function write_stable() returns int language plpgsql stable as $$ begin insert into t values (2, 2); return 1; end $$;
create function write_immutable() returns int language plpgsql immutable as $$ begin update t set n = 2; return 1; end $$;
create function write_stable_delete() returns int language plpgsql stable as $$ begin delete from t; return 1; end $$;
create function write_stable_execute() returns int language plpgsql stable as $$ begin execute 'update t set n = 3'; return 1; end $$;
create function write_stable_caught() returns text language plpgsql stable as $$ begin delete from t; return 'x'; exception when others then return sqlstate || ' ' || sqlerrm; end $$;
create function write_volatile() returns int language plpgsql as $$ begin insert into t values (7, 7); return (select count(*) from t); end $$;
create function write_through() returns int language plpgsql stable as $$ begin return write_volatile(); end $$;
create function write_for() returns int language plpgsql stable as $$ declare r record; begin for r in update t set n = 1 returning id loop null; end loop; return 1; end $$;
create function write_with() returns int language plpgsql stable as $$ declare k int; begin with w as (insert into t values (9, 9) returning id) select id into k from w; return k; end $$;
create function stable_reads() returns int language plpgsql stable as $$ begin return (select count(*) from t); end $$;
create function volatile_reads() returns int language plpgsql volatile as $$ begin return (select count(*) from t); end $$;
create function write_sees() returns text language plpgsql as $$
declare a int; b int; c int;
begin
  a := volatile_reads();
  insert into t values (20, 0);
  b := volatile_reads(); c := stable_reads();
  return concat_ws(' ', a, b, c);
end $$;
create function doubled(x int) returns int language plpgsql immutable as $$ begin return x * 2; end $$;
create table g (n int, d int generated always as (doubled(n)) stored);
create function settings() returns text language plpgsql as $$
begin perform set_config('app.who', 'ann', true); return current_setting('app.who') || coalesce(current_setting('app.other', true), '-'); end $$;
create function missing() returns text language plpgsql as $$ begin return current_setting('app.never'); end $$;
-- as owner
select write_stable() as r /* 0A000 */;
select write_immutable() as r /* 0A000 */;
select write_stable_delete() as r /* 0A000 */;
select write_stable_execute() as r /* 0A000 */;
select write_stable_caught() as r;
select write_for() as r /* 0A000 */;
select write_with() as r /* 0A000 */;
select stable_reads() as a, volatile_reads() as b;
select write_sees() as r;
select write_through() as r;
select doubled(4) as r;
insert into g (n) values (5) returning d;
select id from t where doubled(n) = 2 order by id;
select settings() as r;
select missing() as r /* 42704 */;
select * from t order by id;
