-- found by request seed 306
-- schema
create table t1 (
  id int primary key,
  owner uuid default auth.uid(),
  a int,
  b date not null,
  c text default 'ä€',
  d real not null,
  e smallint default 32767
);
-- as owner
insert into t1 (id, owner, a, b, c, d, e) values (3, '00000000-0000-4000-8000-000000000001', 2147483647, '2024-02-29', 'a', 0.1, -1);
-- as service
GET /t1?select=d%2Cn%3Acount%28%29%2Ce.avg%28%29&order=d&d=in.%28%220.1%22%2C%223.25%22%29 |  | ;
