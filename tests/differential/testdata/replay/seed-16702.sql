-- found by seed 16702
-- schema
create type mood as enum ('sad', 'ok', 'happy');
create table t1 (
  id uuid primary key,
  owner uuid default auth.uid(),
  a timestamptz default '2024-02-29 12:00:00+00',
  b real not null default 3.25,
  c bigint,
  e uuid default null
);
create table t2 (
  id int primary key,
  owner uuid default auth.uid(),
  r1 uuid references t1 on delete cascade on update set null,
  a bool,
  b timestamptz,
  c timestamptz not null,
  d bool not null default true
);
create table t4 (
  id uuid primary key,
  owner uuid,
  r1 uuid references t1 on delete set default on update cascade,
  r2 int not null references t2 on delete cascade,
  a int unique,
  b text default ' 3 ',
  c mood,
  d int
);
-- as owner
insert into t1 (id, owner, a, b, c, e) values ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000003', '2024-02-29 12:00:00+00', 0.1, 2, '00000000-0000-4000-8000-000000000009');
insert into t1 (id, owner, a, b, c, e) values ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000002', '2020-01-01 00:00:00.5+02', 0.1, 1, '00000000-0000-4000-8000-000000000001');
insert into t2 (id, owner, r1, a, b, c, d) values (2, '00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000002', false, 'infinity', '2020-01-01 00:00:00.5+02', true);
insert into t4 (id, owner, r1, r2, a, b, c, d) values ('00000000-0000-4000-8000-000000000004', '00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000001', 2, 12, 'x y', 'ok', 7);
-- as service
delete from t1 returning *;
