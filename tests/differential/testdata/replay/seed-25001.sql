-- found by seed 25001
-- schema
create table t1 (
  id int primary key,
  owner uuid not null default auth.uid(),
  a real not null default 0.1,
  b bigint generated always as (id * 2) stored,
  c jsonb,
  d timestamptz unique,
  e int unique
);
create table t2 (
  id int primary key,
  owner uuid,
  r1 int references t1 on delete cascade,
  b int default 2147483647
);
create table t3 (
  id text primary key,
  owner uuid,
  r1 int references t1 on delete set default on update set null,
  r2 int references t2 on delete cascade on update cascade,
  a float8 default 0,
  b bool,
  c bigint
);
-- as owner
insert into t1 (id, owner, a, c, d, e) values (1, '00000000-0000-4000-8000-000000000003', 1e10, '[1, "a", null]', 'infinity', null);
insert into t1 (id, owner, a, c, d, e) values (2, '00000000-0000-4000-8000-000000000001', 1e10, '{"bb": {"c": true}, "a": 1.50}', null, 3);
insert into t2 (id, owner, r1, b) values (1, '00000000-0000-4000-8000-000000000002', 1, 7);
insert into t3 (id, owner, r1, r2, a, b, c) values ('k2', '00000000-0000-4000-8000-000000000002', 2, 1, 'NaN', true, -3);
-- as u1
update t1 set owner = auth.uid(), a = 0.1, e = 2147483647 where (t1.b in (1, 2)) and (t1.b % 2 = 0) returning *;
-- as u2
delete from t1 returning *;
