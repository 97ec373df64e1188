-- A policy beside one that lets everything through, found by seed 3873.
-- known: a privilege is asked for that only a policy would need whose neighbour is always true; Postgres has folded it away
-- schema
create table t2 (
  id text primary key,
  owner uuid
);
create table t3 (
  id int primary key,
  r2 text references t2 on delete cascade,
  b text[]
);
revoke select on t2 from anon;
alter table t3 enable row level security;
create policy p1 on t3 for all to public using (true);
create policy p3 on t3 for update to public using (r2 = any (array(select o.id from t2 o where o.owner = '00000000-0000-4000-8000-000000000009'))) with check (r2 = any (array(select o.id from t2 o where o.owner <> '00000000-0000-4000-8000-000000000001')));
-- as anon
update t3 set b = '{"x y",NULL,""}' where t3.id = 1;
