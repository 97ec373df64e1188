-- RETURNING of joined rows, writes that read other protected tables.
-- schema
create table accounts (id int primary key, owner uuid, secret text);
create table items (id int primary key, account int, owner uuid default auth.uid(), note text);
alter table accounts enable row level security;
alter table items enable row level security;
create policy a on accounts for select using (owner = auth.uid());
create policy i on items using (owner = auth.uid());
insert into accounts values (1, '00000000-0000-4000-8000-000000000001', 's1'), (2, '00000000-0000-4000-8000-000000000002', 's2');
insert into items values (1, 1, '00000000-0000-4000-8000-000000000001', 'a'), (2, 2, '00000000-0000-4000-8000-000000000001', 'b'), (3, 2, '00000000-0000-4000-8000-000000000002', 'c');
-- as u1
update items set note = a.secret from accounts a where a.id = items.account returning items.id, a.secret;
update items set note = (select secret from accounts where id = 2) where id = 2 returning note;
update items set note = 'z' from accounts a returning items.id, a.id as aid;
delete from items using accounts a where a.id = items.account returning items.id, a.secret;
insert into items (id, account, note) select 10 + id, id, secret from accounts returning id, note;
insert into items (id, account) values (20, 2) returning (select secret from accounts where id = account) as s;
insert into items (id, account) values (21, 1) returning (select secret from accounts where id = account) as s;
insert into items (id, note) values (22, (select string_agg(secret, ',') from accounts)) returning note;
with gone as (delete from items where id = 21 returning *) select gone.id, a.secret from gone left join accounts a on a.id = gone.account;
with w as (update items set account = 2 where id = 20 returning id, account) select w.id, a.id as seen from w left join accounts a on a.id = w.account;
with w as (insert into items (id) values (30), (31) returning id), x as (update items set note = 'x' where id = 2 returning id) select id from w union all select id from x order by 1;
with src as (select id, secret from accounts) insert into items (id, note) select 40 + id, secret from src returning id, note, (select count(*) from src) as n;
with src as (select 1 as one) update items set note = (select one::text from src) where id = 2 returning note, (select one from src) as o;
with src as (select 31 as i) delete from items where id in (select i from src) returning id;
-- as u2
update items set note = 'stolen' where id in (select id from items) returning id, note;
update accounts set secret = 'x' returning *;
insert into items (id, owner) values (50, '00000000-0000-4000-8000-000000000001') returning *;
