-- found by seed 10502
-- schema
create type mood as enum ('sad', 'ok', 'happy');
create table t1 (
  id int primary key,
  owner uuid,
  a int not null,
  b bigint,
  c int[]
);
create table t3 (
  id text primary key,
  owner uuid,
  r1 int not null references t1 on delete cascade on update cascade,
  a numeric(6,2) not null default 0,
  b jsonb,
  c mood not null,
  d numeric(6,2)
);
create table t4 (
  id uuid primary key,
  owner uuid default auth.uid(),
  r1 int references t1 on delete set default on update cascade,
  r3 text references t3 on delete set null on update cascade,
  a mood default 'happy',
  b text not null,
  c int not null default 12,
  d uuid unique
);
-- as owner
insert into t1 (id, owner, a, b, c) values (1, '00000000-0000-4000-8000-000000000001', 7, 2, '{1,2}');
insert into t1 (id, owner, a, b, c) values (2, '00000000-0000-4000-8000-000000000001', 2, 0, array[2, 1]);
insert into t3 (id, owner, r1, a, b, c, d) values ('k1', '00000000-0000-4000-8000-000000000001', 2, -2.255, '{"bb": {"c": true}, "a": 1.50}', 'sad', 1.5);
insert into t4 (id, owner, r1, r3, a, b, c, d) values ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000002', 1, 'k1', 'happy', 'a', 7, '00000000-0000-4000-8000-000000000002');
-- as u1
with q as (select id from t1 where id <> 0) delete from t1 where id in (select id from q) returning id;
