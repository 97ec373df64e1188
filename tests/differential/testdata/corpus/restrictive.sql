-- Restrictive policies are and-ed, permissive ones or-ed; restrictive alone admits nothing.
-- schema
create table a (id int primary key, owner uuid, tag text);
create table b (id int primary key);
alter table a enable row level security;
alter table b enable row level security;
create policy p1 on a for select to authenticated using (owner = auth.uid());
create policy p2 on a for select using (tag = 'public');
create policy r1 on a as restrictive for select using (tag <> 'banned');
create policy r2 on a as restrictive for all to authenticated using ((auth.jwt() -> 'app_metadata' ->> 'level')::int < 3);
create policy p3 on a for all to service_role using (false);
create policy w on a for insert with check (tag is not null);
create policy w2 on a for update using (true);
create policy only_b on b as restrictive for all using (true);
insert into a values (1, '00000000-0000-4000-8000-000000000001', 'x'), (2, '00000000-0000-4000-8000-000000000002', 'public'), (3, '00000000-0000-4000-8000-000000000001', 'banned'), (4, '00000000-0000-4000-8000-000000000003', 'y'), (5, null, null);
insert into b values (1);
-- as u1
select * from a order by id;
select * from b;
insert into b values (2);
insert into a values (6, '00000000-0000-4000-8000-000000000001', 'banned') returning id;
insert into a values (6, '00000000-0000-4000-8000-000000000001', 'banned');
update a set tag = 'banned' where id = 1;
update a set tag = 'public' where id = 1;
-- as u3
select * from a order by id;
insert into a values (7, '00000000-0000-4000-8000-000000000003', 'x');
update a set tag = 'z';
-- as anon
select * from a order by id;
insert into a values (8, null, 'public') returning *;
update a set tag = 'public' where tag = 'public';
delete from a;
-- as service
select count(*) from a;
select count(*) from b;
