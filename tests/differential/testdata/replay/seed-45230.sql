-- found by seed 45230
-- schema
create type mood as enum ('sad', 'ok', 'happy');
create table t2 (
  id int primary key,
  owner uuid,
  a mood unique,
  b bool,
  c date
);
-- as owner
insert into t2 (id, owner, a, b, c) values (1, '00000000-0000-4000-8000-000000000002', 'ok', true, '0044-03-15 BC');
insert into t2 (id, a, b, c) values (1, 'ok', false, '1970-01-01'), (5, 'ok', true, '0044-03-15 BC') on conflict (a) do update set a = 'sad';
