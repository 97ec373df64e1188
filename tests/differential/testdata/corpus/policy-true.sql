-- A policy beside one that lets everything through, found by seed 3873.
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
create table a (id int primary key);
alter table a enable row level security;
create policy p1 on a using (true);
create policy p2 on a as restrictive using (exists (select from t2));
create table b (id int primary key);
alter table b enable row level security;
create policy p1 on b using (true);
create policy p2 on b using (exists (select from b o where o.id > b.id));
create table c (id int primary key);
alter table c enable row level security;
create policy p1 on c using (exists (select from a));
create policy p2 on c for select using (true);
create table d (id int primary key);
alter table d enable row level security;
create policy p1 on d using (exists (select from c));
insert into a values (1);
insert into b values (1);
insert into c values (1);
insert into d values (1);
insert into t3 values (1, null, null);
-- as anon
update t3 set b = '{"x y",NULL,""}' where t3.id = 1;
select * from t3;
insert into t3 values (2, null, null);
insert into t3 values (2, null, null) on conflict (id) do update set b = '{x}';
select * from a;
select * from b;
select * from c;
update c set id = 2;
delete from c;
select * from d;
