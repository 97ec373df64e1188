-- A row that stands in the way of a cascade, and that the statement takes along by another:
-- it is gone in time only if the other way is no longer.
-- schema
create table a (id int primary key);
create table b (id int primary key, a int references a on delete cascade);
create table c (id int primary key, a int references a on delete cascade, b int references b);
create table d (id int primary key, c int references c on delete cascade, b int references b);
create table e (id int primary key, b int references b on delete cascade, c int references c);
insert into a select generate_series(1, 9);
insert into b values (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6);
insert into c values (1, 1, 1), (2, 3, 2), (3, 4, null), (5, 5, 5), (6, 6, 6);
insert into d values (1, 3, 4);
insert into e values (1, 5, 5), (2, 1, 6);
-- as owner
delete from a where id = 1;
delete from a where id = 2;
delete from a where id in (2, 3);
delete from a where id = 4;
delete from a where id = 5;
delete from a where id = 6;
select * from a;
select * from b;
select * from c;
select * from d;
select * from e;
