-- found by seed 31996
-- schema
create table t1 (
  id int primary key
);
create table t2 (
  id int primary key,
  owner uuid,
  r1 int not null references t1,
  a bool check (a is not false),
  d timestamptz
);
revoke insert on t2 from authenticated;
-- as u1
insert into t2 (id, owner, r1, a, d) values (7, default, 8, false, 'yesterdayish');
