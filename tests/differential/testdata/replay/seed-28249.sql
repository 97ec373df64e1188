-- found by seed 28249
-- schema
create table t2 (
  id bigint primary key
);
create table t3 (
  id text primary key,
  r2 bigint not null references t2 on delete cascade
);
revoke select on t2 from authenticated;
alter table t3 enable row level security;
-- as u1
select a.id, x.* from t3 a left join lateral (select count(*) as n, max(b.id::text) as m from t2 b where b.id = a.r2) x on true order by a.id;
