-- found by seed 2563
-- schema
create type mood as enum ('sad', 'ok', 'happy');
create table t1 (
  id int primary key,
  owner uuid default auth.uid(),
  a float8 unique,
  b date not null default '2024-02-29'
);
create table t2 (
  id int primary key,
  owner uuid default auth.uid(),
  r1 int references t1 on update set null,
  a text not null default 'b',
  b mood check (b is not null),
  c bool default true,
  d varchar(4) default 'ab  '
);
-- as owner
insert into t1 (id, owner, a, b) values (1, '00000000-0000-4000-8000-000000000001', 'Infinity', '0044-03-15 BC');
insert into t2 (id, owner, r1, a, b, c, d) values (2, '00000000-0000-4000-8000-000000000002', 1, 'nope', 'happy', true, 'abcd');
-- as service
delete from t1 where t1.a in ('Infinity', 1e300) returning *;
