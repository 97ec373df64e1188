-- The parts of a statement: each sees the tables as they were, and of two that change one row the first does.
-- schema
create table t (id int primary key, n int);
create table u (id int primary key, t int references t on delete cascade);
create table log (n int generated always as identity, what text);
create function note() returns trigger language plpgsql as $$ begin
  insert into log (what) values (tg_table_name || ' ' || tg_op || ' ' || tg_level || ' ' || tg_when);
  if tg_op = 'DELETE' then return old; end if;
  return new;
end $$;
create table v (id int primary key, v int references v on delete cascade);
create trigger a after insert or update or delete on v for each row execute function note();
create trigger b after insert or update or delete on v for each statement execute function note();
create trigger c before insert or update or delete on v for each statement execute function note();
create trigger d before delete on v for each row execute function note();
insert into t values (1, 1), (2, 2), (3, 3);
insert into u values (1, 1), (2, 2);
-- as owner
with w as (insert into t values (4, 4) returning id) select id, (select count(*) from t) as n from w;
with w as (update t set n = n + 1 returning id, n) select t.id, t.n, w.n as new from t join w using (id) order by id;
with w as (update t set n = 100 where id = 1 returning id) update t set n = t.n + 1 from w where t.id in (1, 2) returning t.id, t.n;
with a as (delete from t where id = 1 returning *), b as (insert into u select 10, 2 from a returning id) select (select count(*) from t) as t, (select count(*) from u) as u, (select count(*) from b) as b;
with a as (delete from t where id = 2 returning n) insert into t select 9, n from a returning id, n, (select count(*) from t) as before;
with a as (insert into t values (20, 20)) insert into t values (21, (select count(*) from t)) returning n;
with a as (insert into t values (30, 1) returning id) insert into u select 30, id from a returning t;
with a as (insert into t values (40, 1) returning id), b as (insert into t values (40, 2) returning id) select * from a, b;
with a as (update t set n = 0 where id = 3 returning id), b as (delete from t where id in (select id from a) returning id) select a.id as a, b.id as b from a left join b using (id);
insert into t values (50, 0) returning (select count(*) from t) as n, 1 / n as broken;
insert into t values (50, 0) returning (select count(*) from t) as n;
update t set n = 7 where id = 50 returning (select n from t where id = 50) as was, n;
insert into t values (50, 0) returning (select 1 / 0) as broken;
with a as (delete from t returning id), b as (delete from u returning id) select (select count(*) from a) as a, (select count(*) from b) as b, (select count(*) from t) as t;
insert into v values (1, null), (2, 1), (3, 2), (4, 3);
with a as (insert into v values (5, 4) returning id) insert into v select 6, id from a returning v;
delete from v where id = 1;
select * from t order by id;
select * from u order by id;
select what from log order by n;
