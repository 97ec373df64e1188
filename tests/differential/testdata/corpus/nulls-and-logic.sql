-- Three-valued logic in filters, policies and joins.
-- schema
create table t (id int primary key, a int, b text, c boolean, owner uuid);
alter table t enable row level security;
create policy p on t using (c is not false and (owner = auth.uid() or b = any (string_to_array(coalesce(auth.jwt() -> 'app_metadata' ->> 'org', ''), ','))));
insert into t values (1, 1, 'x', true, '00000000-0000-4000-8000-000000000001'), (2, null, null, null, '00000000-0000-4000-8000-000000000001'), (3, 3, 'o1', false, null), (4, 4, 'o1', null, null), (5, 5, 'o0', true, '00000000-0000-4000-8000-000000000002');
-- as u1
select id from t order by id;
select id from t where a not in (1, null) order by id;
select id from t where a in (1, null) order by id;
select id from t where not (a = 1) order by id;
select id from t where a is distinct from 1 order by id;
select id from t where (a = 1) is not true order by id;
select id from t where a <> all (array[1, 2]) order by id;
select id from t where b like '%' order by id;
select id from t where not c order by id;
select id from t where c is unknown order by id;
select id from t where a between symmetric 5 and 1 order by id;
select id from t where (a, b) = (1, 'x');
select id from t where a = (select a from t where id = 99);
select id from t where a not in (select a from t where id = 2) order by id;
select id from t where exists (select null) order by id;
select count(a), count(*), sum(a), max(b), bool_or(c), array_agg(a order by id) as aa from t;
select count(*) from t where a > 100;
select sum(a) as s, max(a) as m, array_agg(a) as g, string_agg(b, ',') as st, count(a) as c from t where a > 100;
select id from t order by a desc nulls last, id;
select id from t order by a, id;
select b, count(*) as n from t group by b order by b;
-- as u2
select id from t order by id;
update t set c = false where id = 5;
update t set c = null where id = 5;
-- as anon
select id from t;
-- as authenticated {"sub":"00000000-0000-4000-8000-000000000001"}
select id from t order by id;
-- as authenticated {}
select auth.uid() as u, auth.role() as r, auth.jwt() as j, auth.email() as e;
select id from t;
-- as authenticated {"sub":"not a uuid"}
select id from t;
select auth.uid();
select auth.jwt() ->> 'sub' as s;
-- as authenticated {"sub":null,"app_metadata":{"org":"o1,o0"}}
select id from t order by id;
