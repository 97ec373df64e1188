-- CTEs that only read are read before anything is written, wherever they stand.
-- schema
create table t (id int primary key, n int);
create table log (id int, n int);
insert into t values (1, 10), (2, 20);
-- as owner
with w as (update t set n = n + 1 returning id, n), r as (select id, n from t) select w.id, w.n as new, r.n as old from w join r using (id) order by 1;
with r as (select * from t), w as (delete from t where id in (select id from r where n > 15) returning id) insert into log select id, (select count(*) from r) from w returning *;
with recursive up(i) as (select 1 union all select i + 1 from up where i < 4), w as (insert into t select i, i from up where i > 2 returning id) select (select count(*) from up) as n, array_agg(id order by id) as ids from w;
with a as (select 1 as x), b as (select x + 1 as y from a), w as (insert into t select 10 + y, x from a, b returning *) select * from w, a, b;
with unused as (select 1 / 0 as x), w as (delete from t where id = 12 returning id) select id from w;
with one as (insert into log values (7, 7) returning n), two as (update log set n = n + 1 where id = 2 returning n) select n from one union all select n from two order by 1;
