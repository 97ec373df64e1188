-- found by seed 7778
-- schema
create table t1 (
  id int primary key,
  owner uuid,
  a text,
  c int not null default 1,
  d bigint generated always as (abs(id)) stored,
  e uuid unique
);
create table t2 (
  id text primary key,
  owner uuid not null default auth.uid(),
  r1 int references t1 on delete cascade on update set null,
  a timestamptz not null default 'infinity'
);
create table t4 (
  id int primary key,
  owner uuid,
  r1 int references t1 on delete cascade on update cascade,
  r2 text not null references t2 on delete restrict,
  a int[],
  b bool default null,
  c text,
  d timestamptz
);
-- as owner
insert into t1 (id, owner, a, c, e) values (1, '00000000-0000-4000-8000-000000000002', null, 2, '00000000-0000-4000-8000-000000000002');
insert into t2 (id, owner, r1, a) values ('k1', '00000000-0000-4000-8000-000000000003', 1, 'infinity');
insert into t4 (id, owner, r1, r2, a, b, c, d) values (1, '00000000-0000-4000-8000-000000000003', 1, 'k1', '{3,NULL}', false, '12', '1999-12-31T23:59:59.123456Z');
-- as service
delete from t1 where 12 / t1.d > 1 returning id;
