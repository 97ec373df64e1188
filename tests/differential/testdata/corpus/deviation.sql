-- Variance and deviation of numeric: their scales.
-- schema
create table t (id int primary key, n numeric, i int, f float8);
insert into t values (1, 1.50, 3, 1.5), (2, 1e10, 7, 2.5), (3, -2.25, -4, 0.1), (4, 123456789012345678901234.5, 2147483647, 1e10), (5, 0.001, 0, 3);
-- as u1
select stddev(n) as a, variance(n) as b, stddev_pop(n) as c, var_pop(n) as d from t where id in (1, 2);
select stddev(n) as a, variance(n) as b, stddev_pop(n) as c, var_pop(n) as d from t where id in (1, 3);
select stddev(n) as a, variance(n) as b from t where id = 4;
select stddev(n) as a, variance(n) as b from t;
select stddev(i) as a, variance(i) as b, stddev_pop(i) as c from t;
select stddev(i) as a, variance(i) as b, avg(i) as c from t where id < 4;
select stddev(f) as a, variance(f) as b, avg(f) as c from t where id < 4;
select stddev(n) as a from t where id in (3, 5);
