-- found by seed 40500
-- schema
create table t2 (
  id uuid primary key,
  owner uuid default auth.uid(),
  a float8,
  b real unique,
  c bool,
  d numeric default 0,
  e jsonb
);
-- as owner
insert into t2 (id, owner, a, b, c, d, e) values ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002', -1.5, 0, false, -2.25, '"s"');
-- as u1
insert into t2 (id, b, e) values ('00000000-0000-4000-8000-000000000003', 0, '{}'), ('00000000-0000-4000-8000-000000000007', 0, '[1, "a", null]') on conflict (b) do update set a = 'NaN', b = 0.1, c = false, e = excluded.e;
