-- schema
create table items (id int primary key, note text);
insert into items values (2, 'a');
-- as owner
with w as (insert into items (id) values (30), (31) returning id), x as (update items set note = 'x' where id = 2 returning id) select id from w union all select id from x order by 1;
