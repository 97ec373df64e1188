-- found by seed 44515
-- schema
create type mood as enum ('sad', 'ok', 'happy');
create table t1 (
  id text primary key,
  owner uuid default auth.uid(),
  a mood,
  b text[] default array['a', 'Ab'],
  c jsonb,
  d jsonb not null default '[1, "a", null]',
  e jsonb default '"s"'
);
create table t2 (
  id uuid primary key,
  owner uuid,
  r1 text references t1 on delete cascade on update cascade,
  a smallint not null default 2,
  b jsonb not null,
  c bool,
  d float8 unique,
  e date
);
-- as owner
insert into t1 (id, owner, a, b, c, d, e) values ('k1', '00000000-0000-4000-8000-000000000003', 'happy', '{}', '"s"', 'null', '{"a": "x"}');
insert into t2 (id, owner, r1, a, b, c, d, e) values ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000001', 'k1', 0, '{"a": 1, "b": [1, 2]}', false, 1e300, '1970-01-01');
-- as u2
insert into t2 (id, b, c, d, e) values ('00000000-0000-4000-8000-000000000007', '{"a": 1, "b": [1, 2]}', true, 1e300, '1970-01-01'), ('00000000-0000-4000-8000-000000000005', '{"a": "x"}', true, 1e300, '2024-02-29') on conflict (d) do update set owner = excluded.owner, b = '"s"', d = -1.5, e = '2024-02-29' returning *;
