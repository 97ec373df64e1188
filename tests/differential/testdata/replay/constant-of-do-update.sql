-- found by seed 472
-- schema
create table t1 (
  id text primary key,
  a int default 0,
  b timestamptz not null
);
alter table t1 enable row level security;
-- as u3
insert into t1 (id, a, b) values ('k5', 7, '2024-02-29 12:00:00+00') on conflict (id) do update set b = 'yesterdayish' where t1.id like 'a%';
