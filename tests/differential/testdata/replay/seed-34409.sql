-- found by seed 34409
-- schema
create table t1 (
  id int primary key,
  owner uuid default auth.uid(),
  a bigint generated always as (coalesce(id, 0) + 1) stored,
  b int
);
-- as u3
insert into t1 (id, owner, b) values (7, '00000000-0000-4000-8000-000000000001', 0) returning t1.owner as c1, -t1.a as c2;
-- as u2
insert into t1 (id, b) values (7, 1), (7, 3) on conflict (id) do update set id = 8;
