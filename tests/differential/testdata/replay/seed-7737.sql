-- found by seed 7737
-- schema
create table t1 (
  id bigint primary key
);
create table t3 (
  id int primary key,
  r1 bigint references t1 on delete restrict
);
revoke select on t1 from authenticated;
alter table t3 enable row level security;
create view v3 with (security_invoker = true) as select * from t3;
-- as u3
select a.id, x.* from v3 a left join lateral (select count(*) as n, max(b.id::text) as m from t1 b where b.id = a.r1) x on true order by a.id;
