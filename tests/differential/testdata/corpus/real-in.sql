-- Comparisons of real columns, in lists and alone.
-- schema
create table t (id int primary key, c real, d float8, n numeric);
insert into t values (1, 0.1, 0.1, 0.1), (2, 3.25, 3.25, 3.25), (3, 0, 0, 0);
-- as u1
select id from t where c in (0.1, 3.25) order by id;
select id from t where c = 0.1;
select id from t where c = any (array[0.1, 3.25]) order by id;
select id from t where c = '0.1';
select id from t where c = 0.1::real;
select id from t where c in (0.1, 0) order by id;
select id from t where c not in (0.1, 0) order by id;
select id from t where d in (0.1, 3.25) order by id;
select id from t where c = d order by id;
select id from t where c = n order by id;
select id from t where n in (0.1, 3.25::float8) order by id;
select c::float8 as x, c::numeric as y, c + 0.1 as z, coalesce(c, 0.1) as w from t order by id;
select case when id = 1 then c else 0.1 end as x from t order by id;
select c between 0.1 and 4 as b, greatest(c, 0.1) as g, nullif(c, 0.1) as n from t order by id;
select id from t where c = any ('{0.1,3.25}'::real[]) order by id;
select id from t where c <> all ('{0.1,3.25}'::real[]) order by id;
select id from t where c < any ('{0.1,0.2}'::real[]) order by id;
select x, x = 0.1::real as same, x::float8 as wide from unnest('{0.1,3.25,NULL}'::real[]) x;
select ('{0.1,0.5}'::real[])[1] = 0.1::real as same;
select x in ('Infinity', 1e300) as i, x in ('NaN', '-Infinity') as n, x = any ('{Infinity,NaN,1}'::float8[]) as a from unnest('{Infinity,-Infinity,NaN,1,1e300,NULL}'::float8[]) x;
select x, x in ('Infinity', 0.1) as i, x = any ('{Infinity,NaN,0.1}'::real[]) as a from unnest('{Infinity,-Infinity,NaN,0.1,NULL}'::real[]) x;
select x > 1e308 as big, x < 0 as neg, x = 'NaN' as nan from unnest('{Infinity,-Infinity,NaN,1}'::float8[]) x;
