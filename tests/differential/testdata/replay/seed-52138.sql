-- found by seed 52138
-- schema
create table log (what text);
create table t1 (
  id int primary key,
  owner uuid default auth.uid(),
  a jsonb,
  b jsonb
);
-- as owner
insert into t1 (id, owner, a, b) values (5, '00000000-0000-4000-8000-000000000003', '{"a": "x"}', '[1, "a", null]');
-- as u1
insert into t1 (id, b) values (5, '"s"'), (5, '{}') on conflict (id) do update set id = (select count(*) from log), a = 'null' returning id;
