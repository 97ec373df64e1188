-- found by seed 4235
-- schema
create table t1 (
  id int primary key,
  owner uuid not null default auth.uid(),
  b bigint
);
create table t2 (
  id int primary key,
  owner uuid not null default auth.uid(),
  r1 int references t1 on delete cascade,
  b int[] not null default '{12}',
  c bool default true,
  d bool default true
);
create table t3 (
  id int primary key,
  owner uuid default auth.uid(),
  r1 int references t1 on delete cascade on update set null,
  r2 int references t2,
  a jsonb check (a ->> 'a' = 'x'),
  c int not null default 1,
  d date unique,
  e real unique
);
-- as owner
insert into t1 (id, owner, b) values (2, '00000000-0000-4000-8000-000000000003', 2);
insert into t2 (id, owner, r1, b, c, d) values (2, '00000000-0000-4000-8000-000000000003', 2, '{12}', false, false);
insert into t3 (id, owner, r1, r2, a, c, d, e) values (2, '00000000-0000-4000-8000-000000000002', 2, 2, '{"a": "x"}', 0, '1970-01-01', 1e10);
delete from t1 where t1.id is not null returning id;
