-- Views: the invoker's policies or the owner's.
-- schema
create table teams (id int primary key, owner uuid, name text);
create table docs (id int primary key, team int references teams, body text);
alter table teams enable row level security;
alter table docs enable row level security;
create policy t on teams for select using (owner = auth.uid());
create policy d on docs for select using (exists (select 1 from teams where teams.id = docs.team));
create view open_docs as select * from docs;
create view my_docs with (security_invoker = true) as select * from docs;
create view barrier with (security_barrier = true) as select * from docs where team = 1;
create view counted with (security_invoker = true) as select team, count(*) as n from docs group by team;
create view nested with (security_invoker = true) as select o.id, m.id as mine from open_docs o left join my_docs m using (id);
create view outer_open as select * from my_docs;
create function f_all() returns setof docs language sql stable security definer as $$ select * from docs $$;
create function f_some() returns setof docs language sql stable as $$ select * from docs $$;
create function f_count() returns bigint language sql stable security definer set search_path = '' as $$ select count(*) from public.docs $$;
create function f_mine() returns bigint language plpgsql stable as $$ begin return (select count(*) from docs); end $$;
create table loop_a (id int primary key);
create table loop_b (id int primary key);
alter table loop_a enable row level security;
alter table loop_b enable row level security;
create policy a on loop_a using (id in (select id from loop_b));
create policy b on loop_b using (id in (select id from loop_a));
create table self (id int primary key, up int);
alter table self enable row level security;
create policy s on self using (up in (select s2.id from self s2));
insert into teams values (1, '00000000-0000-4000-8000-000000000001', 'one'), (2, '00000000-0000-4000-8000-000000000002', 'two');
insert into docs values (10, 1, 'x'), (20, 2, 'y'), (30, null, 'z');
-- as u1
select id from docs order by id;
select id from my_docs order by id;
select id from open_docs order by id;
select id from barrier order by id;
select * from counted order by team;
select * from nested order by id;
select id from outer_open order by id;
select id from f_all() order by id;
select id from f_some() order by id;
select f_count(), f_mine();
select d.id, t.name from docs d join teams t on t.id = d.team;
select d.id, t.name from docs d left join teams t on t.id = d.team order by 1;
select t.id, (select count(*) from docs where team = t.id) as n from teams t;
select id from docs where team in (select id from teams);
select * from loop_a;
select * from self;
insert into loop_a values (1);
-- as u3
select id from docs order by id;
select id from open_docs where id > 10 order by id;
select id from nested order by id;
select id from outer_open;
select f_count(), f_mine();
-- as anon
select id from open_docs order by id;
select id from my_docs;
-- as owner
select id from loop_a;
select id from my_docs order by id;
