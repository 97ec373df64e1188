-- Postgres computes constants while it plans, and so refuses some before a row comes.
-- known: a constant that is out of a column's range is refused when a row takes it, not before
-- schema
create table t (id int primary key, s smallint, v varchar(4), n numeric(5,2));
-- as owner
update t set s = 40000;
update t set v = 'toolong';
update t set n = 12345.6;
