-- found by seed 5835
-- schema
create type mood as enum ('sad', 'ok', 'happy');
create table t1 (
  id bigint primary key,
  owner uuid,
  a int[] unique,
  b mood not null,
  c timestamptz
);
create table t2 (
  id uuid primary key,
  owner uuid,
  r1 bigint references t1 on delete cascade on update cascade,
  a int[],
  b jsonb,
  c uuid check (c >= '00000000-0000-4000-8000-000000000001'),
  d jsonb not null,
  e int
);
create table t3 (
  id text primary key,
  owner uuid not null default auth.uid(),
  r1 bigint references t1 on delete cascade,
  r2 uuid not null references t2 on delete set null on update set null,
  a text[],
  c numeric(6,2) not null,
  d float8
);
-- as owner
insert into t1 (id, owner, a, b, c) values (1, '00000000-0000-4000-8000-000000000001', '{}', 'happy', '1999-12-31T23:59:59.123456Z');
insert into t1 (id, owner, a, b, c) values (2, '00000000-0000-4000-8000-000000000001', array[2, 1], 'sad', null);
insert into t2 (id, owner, r1, a, b, c, d, e) values ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000003', 1, array[2, 1], '{"a": 1, "b": [1, 2]}', '00000000-0000-4000-8000-000000000009', '{"a": 1, "b": [1, 2]}', 2);
insert into t3 (id, owner, r1, r2, a, c, d) values ('k1', '00000000-0000-4000-8000-000000000003', 2, '00000000-0000-4000-8000-000000000002', '{}', 1.5, 'NaN');
delete from t1 where t1.id is distinct from -3;
