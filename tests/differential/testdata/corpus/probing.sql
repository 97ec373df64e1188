-- Unique keys, foreign keys and checks say no values of rows that one may not see.
-- schema
create table accounts (id uuid primary key, email text unique, owner uuid);
create table orders (id int primary key, account uuid references accounts (id), email text references accounts (email) on update cascade, total numeric check (total > 0), note text not null);
create table open_orders (id int primary key, account uuid references accounts);
alter table accounts enable row level security;
alter table orders enable row level security;
create policy a on accounts for all using (owner = auth.uid());
create policy o on orders for all using (account = auth.uid()) with check (true);
insert into accounts values ('00000000-0000-4000-8000-000000000001', 'one@x.io', '00000000-0000-4000-8000-000000000001'), ('00000000-0000-4000-8000-000000000002', 'two@x.io', '00000000-0000-4000-8000-000000000002');
insert into orders values (1, '00000000-0000-4000-8000-000000000001', 'one@x.io', 5, 'a'), (2, '00000000-0000-4000-8000-000000000002', 'two@x.io', 6, 'b');
-- as u1
insert into accounts values ('00000000-0000-4000-8000-000000000003', 'two@x.io', '00000000-0000-4000-8000-000000000001');
insert into accounts values ('00000000-0000-4000-8000-000000000002', 'mine', '00000000-0000-4000-8000-000000000001');
update accounts set email = 'two@x.io' where id = '00000000-0000-4000-8000-000000000001';
insert into orders values (3, '00000000-0000-4000-8000-000000000002', null, 1, 'c');
insert into orders values (3, '00000000-0000-4000-8000-000000000003', null, 1, 'c');
insert into orders values (3, '00000000-0000-4000-8000-000000000001', 'no@x.io', 1, 'c');
insert into open_orders values (1, '00000000-0000-4000-8000-000000000002');
insert into open_orders values (2, '00000000-0000-4000-8000-000000000003');
insert into orders values (2, '00000000-0000-4000-8000-000000000001', null, 1, 'c');
insert into orders values (4, '00000000-0000-4000-8000-000000000001', null, -1, 'c');
insert into orders values (4, '00000000-0000-4000-8000-000000000001', null, 1, null);
update orders set total = -1 where id = 1;
update orders set note = null where id = 1;
delete from accounts where id = '00000000-0000-4000-8000-000000000001';
update accounts set id = '00000000-0000-4000-8000-000000000003' where id = '00000000-0000-4000-8000-000000000001';
insert into accounts values ('00000000-0000-4000-8000-000000000003', 'two@x.io', '00000000-0000-4000-8000-000000000001') on conflict (email) do nothing;
insert into accounts values ('00000000-0000-4000-8000-000000000003', 'two@x.io', '00000000-0000-4000-8000-000000000001') on conflict (email) do update set owner = '00000000-0000-4000-8000-000000000001';
insert into accounts values ('00000000-0000-4000-8000-000000000003', 'two@x.io', '00000000-0000-4000-8000-000000000001') on conflict (id) do nothing;
-- as owner
insert into accounts values ('00000000-0000-4000-8000-000000000003', 'two@x.io', '00000000-0000-4000-8000-000000000001');
insert into orders values (4, '00000000-0000-4000-8000-000000000003', null, 1, 'c');
insert into orders values (4, '00000000-0000-4000-8000-000000000001', null, -1, 'c');
delete from accounts where id = '00000000-0000-4000-8000-000000000001';
update accounts set email = 'new@x.io' where id = '00000000-0000-4000-8000-000000000001';
