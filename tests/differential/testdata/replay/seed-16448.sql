-- found by seed 16448
-- schema
create type mood as enum ('sad', 'ok', 'happy');
create table t1 (
  id int primary key,
  owner uuid not null default auth.uid(),
  b bigint not null default 9007199254740993
);
create table t2 (
  id int primary key,
  owner uuid default auth.uid(),
  r1 int references t1 on delete cascade,
  b mood unique,
  c text[] default null,
  d int[],
  e numeric
);
create table t3 (
  id uuid primary key,
  owner uuid not null default auth.uid(),
  r1 int references t1 on delete set default on update cascade,
  b bigint,
  c real
);
create table t4 (
  id int primary key,
  owner uuid not null default auth.uid(),
  r1 int references t1 on delete set null,
  r2 int references t2 on delete cascade on update set null,
  r3 uuid not null references t3 on delete cascade on update cascade,
  a numeric default 0,
  b real,
  d varchar(4) not null default null
);
-- as owner
insert into t1 (id, owner, b) values (1, '00000000-0000-4000-8000-000000000001', 9007199254740993);
insert into t1 (id, owner, b) values (2, '00000000-0000-4000-8000-000000000002', -3);
insert into t2 (id, owner, r1, b, c, d, e) values (1, '00000000-0000-4000-8000-000000000001', 2, 'happy', '{a,b}', '{12}', 123456789012345678901234.5);
insert into t3 (id, owner, r1, b, c) values ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000001', 1, 1, 1e10);
insert into t4 (id, owner, r1, r2, r3, a, b, d) values (1, '00000000-0000-4000-8000-000000000003', 1, 1, '00000000-0000-4000-8000-000000000001', -2.25, 0, 'a');
-- as u2
with q as (select id from t1 where id between 0 and 5) delete from t1 where id in (select id from q) returning id;
