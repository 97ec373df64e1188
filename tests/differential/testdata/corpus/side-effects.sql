-- Functions with side effects and volatile functions in filters, policies and lists.
-- schema
create table t (id int primary key, owner uuid);
create table seen (id int);
create function see(i int) returns boolean language plpgsql security definer as $$ begin insert into seen values (i); return true; end $$;
create function see_sql(i int) returns boolean language sql volatile security definer as $$ insert into seen values (i); select true $$;
alter table t enable row level security;
create policy p on t for select using (owner = auth.uid());
create policy d on t for delete using (owner = auth.uid());
create policy i on t for insert with check (see(id) and owner = auth.uid());
insert into t values (1, '00000000-0000-4000-8000-000000000001'), (2, '00000000-0000-4000-8000-000000000002'), (3, '00000000-0000-4000-8000-000000000001');
-- as u1
select id from t where see(id) order by id;
select id, see(id) as s from t order by id;
select see_sql(7) as s;
delete from t where see(id) and id = 3;
insert into t values (10, '00000000-0000-4000-8000-000000000001');
insert into t values (11, '00000000-0000-4000-8000-000000000002');
select see(9) where false;
select count(*) from seen;
-- as owner
select id from seen order by id;
