-- found by seed 28361
-- schema
create table t1 (
  id uuid primary key
);
create table t3 (
  id bigint primary key,
  r1 uuid references t1 on delete cascade on update set null
);
revoke select on t1 from authenticated;
alter table t3 enable row level security;
-- as u2
select a.id, x.* from t3 a left join lateral (select count(*) as n, max(b.id::text) as m from t1 b where b.id = a.r1) x on true order by a.id;
