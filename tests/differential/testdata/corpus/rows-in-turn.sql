-- Each row of a statement is written before the next is proposed: the triggers of a row,
-- and functions in defaults, see the rows before it; policies and RETURNING do not.
-- schema
create table t (id int primary key, n int);
create function f() returns trigger language plpgsql as $$
begin
  new.n := (select coalesce(max(n), 0) + 1 from t);
  return new;
end $$;
create trigger a before insert or update on t for each row execute function f();
create table d (id int primary key, n int);
create function fd() returns trigger language plpgsql as $$
begin
  insert into t values (100 + old.id, 0);
  old.n := (select count(*) from d);
  return old;
end $$;
create trigger a before delete on d for each row execute function fd();
create function number_of() returns int language plpgsql as $$
begin
  return (select coalesce(max(n), 0) + 1 from e);
end $$;
create table e (id int primary key, n int default number_of());
create table q (id int primary key, owner uuid default auth.uid(), n int);
create function fq() returns trigger language plpgsql as $$
begin
  new.n := (select count(*) from q);
  return new;
end $$;
create trigger a before insert or update on q for each row execute function fq();
alter table q enable row level security;
create policy mine on q for all using (owner = auth.uid());
-- as owner
insert into t values (1, 1), (2, 2), (3, 3) returning *;
insert into t select 10 + id, 0 from t returning *;
update t set n = 10 returning *;
insert into t values (3, 1), (21, 2), (2, 3) on conflict (id) do update set n = -1 returning *;
insert into t values (3, 1), (22, 2) on conflict (id) do nothing returning *;
insert into d values (1, 1), (2, 2), (3, 3);
delete from d returning *, (select count(*) from d);
select * from t order by id;
insert into e (id) values (1), (2), (3) returning *;
insert into e (id) select id + 10 from e returning *;
insert into e values (20, 1), (21, default), (20, 3);
insert into t values (30, 1) returning *, (select count(*) from t);
with a as (insert into t values (40, 1), (41, 2) returning *) select count(*) from a;
with a as (insert into t values (42, 1), (43, 2) returning *) select a.*, (select count(*) from e) from a;
with a as (select max(id) as m from t) insert into t select m + x.i, 0 from a, (values (1), (2)) x(i) returning *;
with a as (update t set n = 0 where id = 2 returning *) select a.*, (select count(*) from e) from a;
update t set id = id + 1000 where id < 4 returning id;
-- as u1
insert into q (id) values (1), (2), (3) returning *;
update q set id = id + 10 returning *;
insert into q (id) values (11), (12), (4) on conflict (id) do update set id = q.id + 100 returning *;
-- as u2
insert into q (id) values (5), (6);
select * from q order by id;
