-- Policies on writes: command, RETURNING, policy.
-- schema
create table notes (id int primary key, owner uuid default auth.uid(), hidden boolean default false, body text, n int unique);
alter table notes enable row level security;
create policy sel on notes for select using (not hidden);
create policy ins on notes for insert with check (owner = auth.uid());
create policy upd on notes for update using (owner = auth.uid()) with check (owner = auth.uid());
create policy del on notes for delete using (owner = auth.uid());
-- as u1
insert into notes (id) values (1);
insert into notes (id, hidden) values (2, true);
insert into notes (id, hidden) values (3, true) returning id;
insert into notes (id, hidden) values (3, true) returning 1;
insert into notes (id) values (4) returning id, owner;
update notes set body = 'x' where id = 1 returning id;
update notes set hidden = true where id = 1;
update notes set hidden = true;
update notes set body = 'all';
update notes set body = id::text;
update notes set owner = '00000000-0000-4000-8000-000000000002' where id = 1;
update notes set owner = '00000000-0000-4000-8000-000000000002';
insert into notes (id, owner) values (9, '00000000-0000-4000-8000-000000000002');
insert into notes (id, owner) values (9, null);
-- as u2
update notes set body = 'theirs' returning id;
delete from notes returning id;
insert into notes (id) values (1);
insert into notes (id) values (2);
insert into notes (id) values (1) on conflict (id) do update set body = 'mine';
insert into notes (id) values (2) on conflict (id) do update set body = 'mine';
insert into notes (id) values (1) on conflict (id) do nothing;
insert into notes (id) values (2) on conflict (id) do nothing;
insert into notes (id) values (2) on conflict do nothing returning id;
insert into notes (id) values (1) on conflict (id) do update set body = 'mine' where false;
-- as u1
insert into notes (id, body) values (1, 'again') on conflict (id) do update set body = excluded.body returning body;
insert into notes (id, body) values (2, 'again') on conflict (id) do update set body = excluded.body;
insert into notes (id, body, hidden) values (1, 'again', true) on conflict (id) do update set body = excluded.body, hidden = true;
insert into notes (id, body) values (9, 'a'), (9, 'b') on conflict (id) do update set body = excluded.body;
insert into notes (id, body) values (9, 'a'), (9, 'b') on conflict (id) do nothing returning body;
delete from notes where id = 2 returning id;
delete from notes where id = 2;
delete from notes;
