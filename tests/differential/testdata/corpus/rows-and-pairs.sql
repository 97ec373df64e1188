-- Comparisons of rows, with subqueries too, and the aggregates of two variables.
-- schema
create table t (a int, b int, c text);
create table u (x int, y int, z text);
create table p (g text, y float8, x float8);
insert into t values (1, 2, 'p'), (2, 3, 'q'), (null, 1, 'r');
insert into u values (1, 2, 'p'), (2, 9, 'q');
insert into p values ('a', 1, 2), ('a', 2.5, 3), ('a', 7, 4.25), ('b', 1, 1), ('c', 3, 1), ('c', 3, 2), ('d', 1, 5), ('d', 2, 5), ('e', null, 1), ('e', 1, null), ('f', 'NaN', 1), ('f', 2, 'Infinity'), ('g', 1e308, 1e308), ('h', 0.1, 0.3), ('h', 0.2, -0.7), ('h', 5, 1e10);
-- as owner
select a, b from t where (a, b) = (select x, y from u where z = 'p');
select a, b from t where (select x, y from u where z = 'p') = (a, b);
select c, (a, b) = (select x, y from u where u.z = t.c) as e from t order by c;
select c, (a, b) < (select x, y from u where u.z = t.c) as e from t order by c;
select c, (a, b) <> (select x, y from u where z = 'none') as e from t order by c;
select (1, 2) = (select x, y from u);
select (1, 2, 3) = (select x, y from u);
select (1, 2) = (select x, y, z from u);
select (1, 2) = (select * from (values (1, 2)) v);
select a, b from t where (a, b) in (select x, y from u) order by a;
select a, b from t where (a, b) not in (select x, y from u) order by a;
select a, b from t where (a, b) = any (select x, y from u);
select c, (a, b) between (1, 1) and (2, 2) as bt from t order by c;
select (1, 2) in ((1, 2), (3, 4)) as i;
update t set (a, b) = (select x, y from u where u.z = t.c) where c <> 'r';
select * from t order by c;
select g, regr_count(y, x) as n, regr_avgx(y, x) as ax, regr_avgy(y, x) as ay, regr_sxx(y, x) as sxx, regr_syy(y, x) as syy, regr_sxy(y, x) as sxy from p where g <> 'g' group by g order by g;
select g, regr_slope(y, x) as s, regr_intercept(y, x) as i, regr_r2(y, x) as r2, corr(y, x) as c, covar_pop(y, x) as cp, covar_samp(y, x) as cs from p where g <> 'g' group by g order by g;
select corr(y, x) filter (where g = 'a') as c, regr_slope(y, x) as s from p where g in ('a', 'h');
select corr(a, b) from t;
select regr_sxx(y, x) from (values (1e308, 1e308), (-1e308, -1e308), (2, 1e300)) v(y, x);
