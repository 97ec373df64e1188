-- found by seed 17223
-- schema
create type mood as enum ('sad', 'ok', 'happy');
create table t1 (
  id int primary key,
  owner uuid,
  a bool,
  b int default 0
);
create table t2 (
  id int primary key,
  owner uuid not null default auth.uid(),
  r1 int references t1 on delete set null on update cascade,
  b numeric default 1e10,
  c timestamp not null default '-infinity',
  d bool default false,
  e varchar(4) unique
);
create table t3 (
  id int primary key,
  owner uuid default auth.uid(),
  r2 int references t2 on delete set default on update cascade,
  a smallint not null,
  b mood default 'ok'
);
create function f_t3() returns trigger language plpgsql as $$
begin
  if new.owner is not null then return null; end if;
end $$;
create trigger g_t3 before update on t3 for each row execute function f_t3();
-- as owner
insert into t1 (id, owner, a, b) values (1, '00000000-0000-4000-8000-000000000002', true, 12);
insert into t2 (id, owner, r1, b, c, d, e) values (1, '00000000-0000-4000-8000-000000000003', 1, 0, '-infinity', false, 'a');
insert into t3 (id, owner, r2, a, b) values (1, '00000000-0000-4000-8000-000000000002', 1, 0, 'happy');
-- as service
with w as (delete from t2 where t2.b <> 1e10 returning *) select count(*) as n, (select count(*) from t2 o where o.id::text = 'no') as m from w;
