-- TRUNCATE of a parent and its children, whatever the key says of DELETE.
-- schema
create table p (id int primary key);
create table c (id int primary key, p int references p on delete restrict, up int references c);
insert into p values (1), (2);
insert into c values (1, 1, null), (2, 2, 1);
-- as owner
truncate p, c;
select (select count(*) from p) as p, (select count(*) from c) as c;
insert into p values (1);
insert into c values (1, 1, 1);
truncate p cascade;
select (select count(*) from p) as p, (select count(*) from c) as c;
