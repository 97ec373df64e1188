-- A stranger cannot vouch for himself: policies see the state before the statement.
-- schema
create table rooms (id int primary key, name text);
create table members (room_id int not null, user_id uuid not null, role text default 'member', primary key (room_id, user_id));
create function is_member(room int) returns boolean language sql stable security definer set search_path = '' as
  $$ select exists (select 1 from public.members m where m.room_id = room and m.user_id = auth.uid()) $$;
create function is_admin(room int) returns boolean language plpgsql stable security definer as $$
begin return exists (select 1 from public.members m where m.room_id = room and m.user_id = auth.uid() and m.role = 'admin'); end $$;
alter table members enable row level security;
alter table rooms enable row level security;
create policy s on members for select using (is_member(room_id));
create policy i on members for insert with check (is_member(room_id) and role = 'member');
create policy u on members for update using (is_admin(room_id)) with check (is_admin(room_id));
create policy d on members for delete using (user_id = auth.uid() or is_admin(room_id));
create policy r on rooms for all using (is_member(id)) with check (is_member(id));
insert into rooms values (1, 'one'), (2, 'two');
insert into members values (1, '00000000-0000-4000-8000-000000000001', 'admin'), (1, '00000000-0000-4000-8000-000000000003', 'member');
-- as u2
insert into members values (1, '00000000-0000-4000-8000-000000000002');
insert into members values (1, '00000000-0000-4000-8000-000000000002'), (1, '00000000-0000-4000-8000-000000000001');
insert into members select 1, '00000000-0000-4000-8000-000000000002';
insert into members (room_id, user_id) select id, auth.uid() from rooms;
insert into members values (1, '00000000-0000-4000-8000-000000000002') on conflict do nothing;
insert into members values (1, '00000000-0000-4000-8000-000000000001') on conflict do nothing;
insert into members values (1, '00000000-0000-4000-8000-000000000001') on conflict (room_id, user_id) do nothing;
insert into members values (1, '00000000-0000-4000-8000-000000000001') on conflict (room_id, user_id) do update set role = 'admin';
insert into members values (1, '00000000-0000-4000-8000-000000000001', 'member') on conflict (room_id, user_id) do update set user_id = '00000000-0000-4000-8000-000000000002';
with x as (insert into members values (1, '00000000-0000-4000-8000-000000000002') returning *) select * from x;
with x as (insert into members values (1, '00000000-0000-4000-8000-000000000002')) select * from rooms;
update members set user_id = '00000000-0000-4000-8000-000000000002';
update members set user_id = '00000000-0000-4000-8000-000000000002' where room_id = 1;
delete from members;
insert into rooms values (3, 'three');
insert into rooms values (3, 'three') returning id;
select * from members;
-- as u3
update members set role = 'admin' where user_id = '00000000-0000-4000-8000-000000000003';
insert into members values (1, '00000000-0000-4000-8000-000000000002', 'admin');
insert into members values (1, '00000000-0000-4000-8000-000000000002') returning room_id, role;
update members set role = 'admin';
select * from rooms;
delete from members where user_id = '00000000-0000-4000-8000-000000000003';
select * from rooms;
-- as u1
update members set role = 'admin' where user_id = '00000000-0000-4000-8000-000000000002' returning user_id;
update members set room_id = 2 where user_id = '00000000-0000-4000-8000-000000000002';
delete from members where user_id = '00000000-0000-4000-8000-000000000002' returning *;
