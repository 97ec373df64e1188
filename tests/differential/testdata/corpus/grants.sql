-- Privileges of tables and columns.
-- schema
create table t (id int primary key, open text, closed text);
create table w (id int primary key);
insert into t values (1, 'a', 'b');
revoke all on t from anon, authenticated;
grant select (id, open), insert (id, open), update (open) on t to authenticated;
revoke insert, delete on w from anon;
-- as u1
select id, open from t;
select closed from t;
select * from t;
select count(*) from t;
select id from t where closed = 'b';
select id from t order by closed;
insert into t (id, open) values (2, 'x');
insert into t (id, closed) values (3, 'x');
insert into t (id, open) values (3, 'x') returning id;
insert into t (id, open) values (3, 'x') returning closed;
update t set open = 'y' where id = 1;
update t set closed = 'y' where id = 1;
update t set open = closed;
delete from t where id = 1;
insert into t (id, open) values (1, 'z') on conflict (id) do update set open = excluded.open;
insert into t (id, open) values (1, 'z') on conflict (id) do update set closed = 'q';
-- script
alter table t enable row level security;
create policy p on t using (closed = 'b' or id > 1) with check (closed is null);
-- as u1
select id, open from t order by id;
select closed from t;
insert into t (id, open) values (20, 'x');
update t set open = 'q';
-- as anon
select id from t;
insert into w values (1);
select * from w;
delete from w;
