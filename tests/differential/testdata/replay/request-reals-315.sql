-- found by request seed 315
-- schema
create table t3 (
  id text primary key,
  owner uuid default auth.uid(),
  a text not null,
  b numeric(6,2) default 9999.99,
  c timestamptz not null default '2020-01-01 00:00:00.5+02',
  d text unique,
  e real unique
);
-- as owner
insert into t3 (id, owner, a, b, c, d, e) values ('k2', '00000000-0000-4000-8000-000000000001', 'x y', -2.255, '2024-02-29 12:00:00+00', 'a', 0.1);
-- as service
POST /t3?select=xb%3Ab%2Cb | return=minimal | [{"id": "k5", "a": "12", "b": 9999.99, "d": "nope", "e": 0}, {"id": "k6", "a": "12", "b": 1.5, "d": "x y", "e": 0.1}];
