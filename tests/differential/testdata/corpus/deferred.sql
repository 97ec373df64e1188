-- Foreign keys at the statement's and the transaction's end; self references.
-- schema
create table tree (id int primary key, up int references tree);
create table late (id int primary key, up int references late deferrable initially deferred);
create table a (id int primary key);
create table b (x int, y int, primary key (x, y));
create table c (id int primary key, x int, y int, a int references a, foreign key (x, y) references b (x, y) on delete cascade);
insert into a values (1);
insert into b values (1, 1), (1, 2);
-- as owner
insert into tree values (2, 1), (1, null);
insert into tree values (3, 9);
insert into tree values (4, 4);
update tree set id = 10 where id = 1;
delete from tree where id = 1;
delete from tree where id in (1, 2);
insert into late values (2, 1), (1, 2);
insert into late values (3, 7);
delete from late;
insert into c values (1, 1, 1, 1), (2, 1, null, 1), (3, null, null, null);
insert into c values (4, 1, 3, 1);
insert into c values (4, 2, null, 7);
delete from b where y = 1;
delete from a;
update a set id = 1;
update a set id = 2;
