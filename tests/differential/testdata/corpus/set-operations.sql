-- Policies hold in every branch, CTE, subquery and lateral.
-- schema
create table a (id int primary key, owner uuid, v text);
create table b (id int primary key, a_id int references a, v text);
alter table a enable row level security;
alter table b enable row level security;
create policy a on a using (owner = auth.uid());
create policy b on b using (a_id in (select id from a));
insert into a values (1, '00000000-0000-4000-8000-000000000001', 'one'), (2, '00000000-0000-4000-8000-000000000002', 'two'), (3, null, 'none');
insert into b values (1, 1, 'b1'), (2, 2, 'b2'), (3, 1, 'b3'), (4, null, 'b4');
-- as u1
select id from a union select id from b order by 1;
select id from a union all select a_id from b order by 1;
select id from b except select id from a order by 1;
select id from b intersect select id from a order by 1;
with x as (select * from a), y as (select * from b) select x.v, y.v as w from x full join y on y.a_id = x.id order by 1, 2;
with recursive t(id) as (select id from a union select b.id from b join t on b.a_id = t.id) select id from t order by id;
select a.id, x.n from a, lateral (select count(*) as n from b where b.a_id = a.id) x order by 1;
select * from (values (1), (2)) v(i) left join a on a.id = v.i order by i;
select i, exists (select 1 from a where a.id = i) as seen from generate_series(1, 3) i order by i;
select (select v from a where id = 2) as v;
select array(select id from b order by id) as ids;
select count(*) filter (where a.id is not null) as n, count(*) as m from b full join a on a.id = b.a_id;
select id, v from a where id = any (array(select a_id from b));
select id from a where not exists (select 1 from b where b.a_id = a.id);
select id from a where (id, v) in (select a_id, 'one' from b);
select distinct on (a_id) a_id, id from b order by a_id, id desc;
select json_agg(x order by x.id) as j from (select id, v from b) x;
select row_to_json(a) as j from a;
select to_jsonb(b) - 'a_id' as j from b order by id;
-- as u2
select a.*, b.* from a join b on b.a_id = a.id;
select a.id, b.id as bid from a cross join b order by 1, 2;
-- as anon
select count(*) from a;
select count(*) from b;
select count(*) from a, b;
