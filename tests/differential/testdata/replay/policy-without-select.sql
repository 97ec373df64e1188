-- found by seed 2135
-- schema
create table t2 (id int primary key, e text);
alter table t2 enable row level security;
create policy p2 on t2 for all using (id <> 7) with check (id > 3);
insert into t2 values (1), (7);
revoke select on t2 from authenticated;
-- as u2
delete from t2 where id = 1;
update t2 set e = default;
delete from t2;
select * from t2;
