-- A row that refers twice, once by a key that takes it along and once by one that refuses:
-- the older of the two decides.
-- schema
create table a (id int primary key);
create table b (id int primary key, a int references a on delete cascade);
create table c (id int primary key, x int references a on delete cascade, y int references a);
create table d (id int primary key, y int references a on delete restrict, x int references a on delete cascade);
create table e (id int primary key, b int references b on delete cascade, a int references a);
create table f (id int primary key, x int references a on delete set null, y int references a on delete restrict);
create table g (id int, x int references a on delete cascade, y int references a on delete restrict, primary key (id));
create table h (id int primary key, x int, y int references a, foreign key (x) references a on delete set null, foreign key (y) references a on delete set null);
create table tree (id int primary key, up int references tree on delete cascade, root int references tree);
insert into a select generate_series(1, 12);
insert into b values (1, 5);
insert into c values (1, 1, 1), (2, 2, 3);
insert into d values (1, 4, 4);
insert into e values (1, 1, 5);
insert into f values (1, 6, 6);
insert into g values (1, 7, 7), (2, 8, 8), (3, 9, 8);
insert into h values (1, 10, 10);
insert into tree values (1, null, 1), (2, 1, 1), (3, 2, 1);
-- as owner
delete from a where id = 1;
delete from a where id = 2;
delete from a where id = 3;
delete from a where id = 4;
delete from a where id = 5;
delete from a where id = 6;
delete from a where id = 7;
delete from a where id = 8;
delete from a where id in (8, 9);
delete from a where id = 10;
delete from tree where id = 1;
delete from tree where id = 2;
delete from tree where id = 1;
select * from c;
select * from g;
select * from tree;
