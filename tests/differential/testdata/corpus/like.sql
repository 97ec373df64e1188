-- LIKE takes its place among the columns; a later option overrides an earlier one.
-- schema
create table y (a int primary key default 7, b text);
create table x (k int, like y including all excluding indexes, z int);
create table w (like y excluding all including defaults, k int);
-- as owner
insert into x (k) values (1);
insert into x (k) values (2);
insert into w (k) values (2);
select * from x order by k;
select * from w;
