-- Functions among a query's tables, in its list, in its conditions, in defaults, checks and policies; nested in each other.
-- schema
create function squares(n int) returns setof int language plpgsql immutable as $$ begin for i in 1..n loop return next i * i; end loop; end $$;
create function pairs(n int) returns table (a int, b text) language plpgsql as $$ begin for i in 1..n loop a := i; b := 'b' || i; return next; end loop; end $$;
create function double(x int) returns int language plpgsql immutable as $$ begin return x * 2; end $$;
create function next_code() returns text language plpgsql as $$ begin return 'code-' || (select count(*) + 1 from t); end $$;
create function fits(x int) returns bool language plpgsql immutable as $$ begin return x < 100; end $$;
create table t (id int primary key, code text, n int check (fits(n)), d int generated always as (double(n)) stored);
alter table t alter code set default next_code();
create function label(r t) returns text language plpgsql stable as $$ begin return r.id || '/' || r.n; end $$;
create function rows_of(lo int) returns setof t language plpgsql stable as $$ begin return query select * from t where n >= lo; end $$;
create function mine(i int) returns bool language plpgsql stable security definer as $$ begin return i % 2 = 0; end $$;
alter table t enable row level security;
create policy even on t for select to authenticated using (mine(id));
create policy any_write on t for insert to authenticated with check (double(n) < 50);
create function agg(a int[]) returns int language plpgsql as $$ begin return (select sum(x) from unnest(a) x); end $$;
-- as owner
insert into t (id, n) values (1, 10);
insert into t (id, n) values (2, 20) returning *;
insert into t (id, n) values (3, 100) /* 23514 */;
select * from squares(3) s;
select s, double(s) as d from squares(4) as s where double(s) > 5 order by s;
select id, squares(id) as sq from t order by 1, 2;
select p.a, p.b, s from pairs(2) p cross join squares(2) s order by 1, 3;
select t.id, p.b from t cross join lateral pairs(t.id) p order by 1, 2;
select id, (select max(s) from squares(t.id) s) as m from t order by id;
select double(double(double(1))) as r, double(agg(array[1, 2, 3])) as s;
select id, label(t) as l, t.label as m from t order by id;
select id, x.label from rows_of(15) x;
select count(*) as c, sum(double(n)) as s from rows_of(0);
select * from pairs(2) with ordinality as p (a, b, o) order by o;
with s as (select * from squares(3) x) select array_agg(x order by x desc) as r from s;
select id from t order by double(-n);
select case when double(n) > 30 then 'big' else 'small' end as size, count(*) as c from t group by 1 order by 1;
select * from pairs((select max(id) from t));
select generate_series(1, 2) as g, squares(3) as sq;
-- as u1
select id from t order by id;
insert into t (id, n) values (5, 30) /* 42501 */;
insert into t (id, n) values (6, 5) returning id, code;
