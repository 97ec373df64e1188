-- Numbers of a sequence that a failed statement took.
-- known: sequences roll back with their transaction, so a failed insert loses no number
-- schema
create table t (id int generated always as identity primary key, n int check (n > 0));
-- as owner
insert into t (n) values (-1);
insert into t (n) values (1) returning id;
