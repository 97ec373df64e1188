-- Triggers for each row: before, after; when, update of; what they return; new and old; tg_ variables; cascades; upserts.
-- schema
drop schema if exists noted cascade; create schema noted; grant usage on schema noted to public;
create table noted.log (n int generated always as identity, what text); -- numbers of a sequence are not compared
grant all on noted.log to public;
create table t (id int primary key, n int default 1, s text, up timestamptz);
create table child (id int primary key, t int references t on delete cascade on update cascade);
create function say(x text) returns void language sql as $$ insert into noted.log (what) values (x) $$;
create function told() returns trigger language plpgsql as $$
begin
  perform say(concat_ws(' ', tg_name, tg_when, tg_level, tg_op, tg_table_schema || '.' || tg_table_name, tg_relname, tg_nargs, tg_argv[0], tg_argv[1], tg_argv[9], pg_trigger_depth(),
    case when tg_op = 'INSERT' then 'new ' || new.id when tg_op = 'DELETE' then 'old ' || old.id else old.id || '>' || new.id end));
  if tg_op = 'DELETE' then return old; end if;
  return new;
end $$;
create trigger told_before before insert or update or delete on t for each row execute function told('a', 7);
create trigger told_after after insert or update or delete on t for each row execute function told();
create trigger told_child after insert or update or delete on child for each row execute function told('child');
create function changes() returns trigger language plpgsql as $$
begin
  if new.n < 0 then return null; end if;
  if new.n = 0 then raise exception 'no % allowed in %', new.n, tg_table_name using errcode = '22000', column = 'n'; end if;
  new.s := coalesce(new.s, 'empty') || '.';
  return new;
end $$;
create trigger changes before insert or update of n, s on t for each row execute function changes();
create function keeps() returns trigger language plpgsql as $$ begin if old.s like 'keep%' then return null; end if; return old; end $$;
create trigger keeps before delete on t for each row execute function keeps();
create function only_when() returns trigger language plpgsql as $$ begin perform say('when ' || new.n); return null; end $$;
create trigger only_when after update of n on t for each row when (old.n is distinct from new.n and new.n > 10) execute function only_when();
create trigger only_when_in after insert on t for each row when (new.s like 'yes%') execute function only_when();
create function null_parts() returns trigger language plpgsql as $$
begin
  perform say(coalesce(to_jsonb(old)::text, 'no old') || ' ' || coalesce(to_jsonb(new)::text, 'no new') || ' ' || (old is null) || ' ' || (new is null));
  return null;
end $$;
create table plain (id int primary key, v text);
create trigger null_parts after insert or update or delete on plain for each row execute function null_parts();
create function retype() returns trigger language plpgsql as $$ declare r record; begin r := new; r.v := upper(r.v); new.v := r.v || '!'; return new; end $$;
create trigger retype before insert on plain for each row execute function retype();
create table strange (id int primary key);
create function no_return() returns trigger language plpgsql as $$ begin null; end $$;
create trigger no_return before insert on strange for each row execute function no_return();
-- as owner
insert into t (id, n) values (1, 5) returning id, n, s;
insert into t values (2, -1, 'skipped') returning id;
insert into t values (3, 0) /* 22000 */;
insert into t values (4, 50, 'x') returning *;
insert into t values (5, 6, 'yes'), (6, 7, 'keep');
update t set n = 20 where id = 5 returning s;
update t set n = -1 where id = 1 returning id;
update t set up = null where id = 1 returning s;
update t set n = n where id = 5;
insert into t values (5, 30, 'up') on conflict (id) do update set n = excluded.n, s = excluded.s returning *;
insert into t values (5, 31, 'up') on conflict (id) do nothing returning *;
insert into child values (10, 5), (11, 1);
update t set id = 55 where id = 5;
delete from t where id = 6 returning id;
delete from t where id in (55, 6);
select * from child order by id;
insert into plain values (1, 'a') returning v;
update plain set v = 'b';
delete from plain;
insert into strange values (1) /* 2F005 */;
select what from noted.log order by n;
select * from t order by id;
