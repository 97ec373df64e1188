-- Triggers fire in the order of their names, whatever made them; recursion and its depth; disabled, renamed and dropped ones.
-- schema
drop schema if exists noted cascade; create schema noted; grant usage on schema noted to public;
create table noted.log (n int generated always as identity, what text); -- numbers of a sequence are not compared
grant all on noted.log to public;
create table t (id int primary key, s text default '');
create function mark() returns trigger language plpgsql as $$
begin
  insert into noted.log (what) values (tg_name || ' ' || tg_when || ' ' || tg_level);
  if tg_level = 'ROW' and tg_when = 'BEFORE' then new.s := new.s || left(tg_name, 1); return new; end if;
  return null;
end $$;
create trigger z before insert on t for each row execute function mark();
create trigger b before insert on t for each row execute function mark();
create trigger "M" before insert on t for each row execute function mark();
create trigger y after insert on t for each row execute function mark();
create trigger c after insert on t for each row execute function mark();
create trigger q after insert on t for each statement execute function mark();
create trigger a after insert on t for each statement execute function mark();
create trigger p before insert on t for each statement execute function mark();
create trigger d before insert on t for each statement execute function mark();
create table steps (n int primary key);
create function down() returns trigger language plpgsql as $$
begin
  insert into noted.log (what) values ('depth ' || pg_trigger_depth() || ' at ' || new.n);
  if new.n > 0 then insert into steps values (new.n - 1); end if;
  return new;
end $$;
create trigger down after insert on steps for each row execute function down();
create table self (id int primary key, n int);
create function once() returns trigger language plpgsql as $$
begin
  if pg_trigger_depth() > 1 then return new; end if;
  update self set n = n + 1 where id = new.id;
  return new;
end $$;
create trigger once after update on self for each row execute function once();
create table endless (id int);
create function forever() returns trigger language plpgsql as $$ begin insert into endless values (new.id + 1); return null; end $$;
create trigger forever after insert on endless for each row execute function forever();
-- as owner
insert into t (id) values (1), (2) returning *;
insert into steps values (3);
insert into self values (1, 0);
update self set n = 10;
select * from self;
insert into endless values (1) /* 54001 */;
select count(*) as n from endless;
-- script
alter table t disable trigger z;
alter trigger b on t rename to zz;
drop trigger "M" on t;
create or replace trigger c after insert on t for each row when (new.id > 100) execute function mark();
-- as owner
insert into t (id) values (3) returning *;
-- script
alter table t enable trigger z;
alter table t disable trigger user;
-- as owner
insert into t (id) values (4) returning *;
select what from noted.log order by n;
