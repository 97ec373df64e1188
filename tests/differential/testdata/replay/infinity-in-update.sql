-- found by seed 3068
-- schema
create type mood as enum ('sad', 'ok', 'happy');
create table t1 (
  id int primary key,
  owner uuid,
  a float8 default 'NaN',
  c date check (c is distinct from '2024-02-29'),
  d mood not null
);
create table t2 (
  id text primary key,
  r1 int references t1 on delete cascade,
  a int[] unique,
  b float8 not null default 0,
  c mood default 'ok',
  d timestamp
);
-- as owner
insert into t1 (id, owner, a, c, d) values (2, '00000000-0000-4000-8000-000000000002', 0.1, '1970-01-01', 'happy');
insert into t2 (id, r1, a, b, c, d) values ('k2', 2, '{1,2}', 'Infinity', 'ok', '2024-02-29 12:00:00');
update t2 set b = 'NaN' where t2.b in (1e300, 'Infinity') returning case when t2.id >= 'b' then t2.r1 else cast(0 as int) end as c1, t2.c > 'sad' as c2;
