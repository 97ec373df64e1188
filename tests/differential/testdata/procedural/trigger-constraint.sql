-- Constraint triggers: immediate and deferred, their order, what they see.
-- schema
drop schema if exists noted cascade; create schema noted; grant usage on schema noted to public;
create table noted.log (n int generated always as identity, what text); -- numbers of a sequence are not compared
grant all on noted.log to public;
create table t (id int primary key, n int);
create table lines (id int primary key, t int);
create function note() returns trigger language plpgsql as $$
begin insert into noted.log (what) values (tg_name || ' ' || tg_op || ' ' || coalesce(new.id, old.id) || ' of ' || (select count(*) from t)); return null; end $$;
create constraint trigger c_late after insert or update or delete on t deferrable initially deferred for each row execute function note();
create constraint trigger b_late after insert on t deferrable initially deferred for each row when (new.n > 1) execute function note();
create constraint trigger a_now after insert on t for each row execute function note();
create trigger d_after after insert on t for each row execute function note();
create table head (id int primary key);
create function head_lines() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from lines where t = new.id) and exists (select 1 from head where id = new.id) then
    raise exception 'head % has no lines', new.id using errcode = '23514', constraint = 'has_lines';
  end if;
  return null;
end $$;
create constraint trigger has_lines after insert on head deferrable initially deferred for each row execute function head_lines();
create function write_head(i int, with_lines bool) returns int language plpgsql as $$
begin
  insert into head values (i);
  if with_lines then insert into lines values (i, i); end if;
  return i;
end $$;
create function write_head_taken_back(i int) returns int language plpgsql as $$
begin
  begin insert into head values (i); raise exception 'x'; exception when raise_exception then null; end;
  return i;
end $$;
create function write_two() returns int language plpgsql as $$ begin insert into t values (10, 10); insert into t values (11, 0); update t set n = 5 where id = 10; return 1; end $$;
-- as owner
insert into t values (1, 1), (2, 2);
update t set n = 3 where id = 1;
delete from t where id = 2;
select write_two() as r;
select write_head(1, true) as r;
select write_head(2, false) as r /* 23514 */;
select write_head_taken_back(3) as r;
insert into head values (5) /* 23514 */;
select * from head order by id;
select what from noted.log order by n;
