-- Windows with moving frames, in queries, views and functions; ordered-set aggregates.
-- schema
create table t (id int primary key, g text, n int, x numeric, j jsonb);
insert into t values (1, 'a', 10, 1.5, '1'), (2, 'a', 20, null, '2'), (3, 'b', 5, 2.25, '3'), (4, 'b', 5, 7, null), (5, 'b', null, 0.1, '5');
create view rolling with (security_invoker = true) as
  select id, g, avg(x) over (partition by g order by id rows between 1 preceding and current row) as mean, rank() over (order by x desc nulls last) as place from t;
create function top(k int) returns setof rolling language sql stable as $$ select * from rolling where place <= k order by place $$;
alter table t enable row level security;
create policy p on t for select to authenticated using (n < 15 or n is null);
-- as owner
select id, sum(x) over (order by id rows between 1 preceding and current row) a, avg(n) over (order by id rows between 2 preceding and 1 following) b, count(n) over (order by id rows 1 preceding) c, min(x) over (order by id rows between 1 preceding and 1 following) d, array_agg(id) over (order by id rows between 1 following and 2 following) e, string_agg(g, '-') over (partition by g order by id rows between current row and unbounded following) f, jsonb_agg(j) over (order by id rows between 1 preceding and current row exclude current row) h from t order by id;
select id, sum(x) filter (where n > 5) over (order by id rows between 1 preceding and current row) a, avg(x) over (order by n range between 5 preceding and current row) b, stddev(x) over (order by id groups between 1 preceding and 1 following) c, bool_or(n > 5) over (order by id rows between 1 preceding and 1 preceding) d from t order by id;
select percentile_cont(0.5) within group (order by n) a, percentile_disc(0.5) within group (order by n desc) b, mode() within group (order by n) c, percentile_cont(array[0.25, 0.75]) within group (order by x) d, percentile_disc(0.9) within group (order by g) e from t;
select g, percentile_cont(0.5) within group (order by x) filter (where n is not null) m, mode() within group (order by x desc) from t group by g order by g;
select percentile_cont(1.5) within group (order by n) from t;
select percentile_cont(0.5) within group (order by n) from t where false;
-- as u1
select * from rolling order by id;
select * from top(2);
