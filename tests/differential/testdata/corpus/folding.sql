-- Postgres computes constants while it plans, and so refuses some before a row comes.
-- schema
create table t (id int primary key, s smallint);
-- as owner
insert into t values (1, 1) on conflict (id) do update set s = 40000;
