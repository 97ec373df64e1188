-- found by seed 56297
-- schema
create table t1 (
  id text primary key,
  owner uuid default auth.uid()
);
-- as owner
insert into t1 (id, owner) values ('k2', '00000000-0000-4000-8000-000000000001');
-- as u1
insert into t1 (id, owner) values ('k2', '00000000-0000-4000-8000-000000000009'), ('k2', auth.uid()) on conflict (id) do update set id = 'k8', owner = excluded.owner returning *;
