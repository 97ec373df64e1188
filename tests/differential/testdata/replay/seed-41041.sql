-- found by seed 41041
-- schema
create table t1 (
  id text primary key
);
create table t2 (
  id uuid primary key,
  owner uuid,
  r1 text references t1 on update cascade
);
create table t4 (
  id int primary key,
  r2 uuid not null references t2,
  a bool not null
);
revoke select on t1 from anon;
alter table t2 enable row level security;
create policy p4 on t2 for all to public using (not exists (select 1 from t1 o where o.id = t2.r1 and o.id >= 'x y')) with check (owner = auth.uid());
revoke select on t2 from anon;
alter table t4 enable row level security;
create policy p3 on t4 for insert to anon, authenticated with check (r2 = any (array(select o.id from t2 o where o.r1 is distinct from 'a%_\')));
-- as anon
insert into t4 (id, r2, a) values (6, '00000000-0000-4000-8000-000000000003', false) on conflict (id) do nothing;
