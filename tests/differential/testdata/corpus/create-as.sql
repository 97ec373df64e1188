-- Tables made by a query, and recursive views.
-- schema
create table a (id int primary key, n text, x numeric(6,2));
insert into a values (1, 'x', 1.5), (2, 'y', 2.25);
create table b as select id, n, id * 2 as dbl, x from a;
create table c (c1, c2) as select id, n from a with no data;
create table d as table a;
create table e as values (1, 'x'), (2, 'y');
create table if not exists e as select 1 as z;
create recursive view rv (n) as values (1) union all select n + 1 from rv where n < 3;
do $$ begin create table made as select g as i from generate_series(1, 3) g; end $$;
alter table b add primary key (id);
-- as owner
select * from b order by id;
select * from c;
select * from d order by id;
select * from e order by 1;
select * from rv order by n;
select * from made order by i;
insert into b values (1, 'z', 0, 0);
insert into c values (5, 'five') returning *;
-- as u1
select count(*) as n from b;
