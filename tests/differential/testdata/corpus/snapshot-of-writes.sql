-- In Postgres the parts of a statement with writing CTEs all see the state before it.
-- schema
create table t (id int primary key);
insert into t values (1);
-- as owner
with w as (insert into t values (2) returning id) select id, (select count(*) from t) as n from w;
with w as (delete from t returning id) select count(*) as gone, (select count(*) from t) as n from w;
