-- found by seed 12945
-- schema
create type mood as enum ('sad', 'ok', 'happy');
create table t1 (
  id text primary key,
  owner uuid default auth.uid(),
  a mood not null,
  b real
);
create table t2 (
  id int primary key,
  owner uuid not null default auth.uid(),
  r1 text references t1 on delete cascade,
  a mood,
  b date default '1970-01-01'
);
create table t3 (
  id int primary key,
  owner uuid default auth.uid(),
  r1 text references t1 on delete cascade on update set null,
  r2 int references t2 on delete restrict on update set null,
  a int not null,
  b varchar(4) default 'ab  '
);
-- as owner
insert into t1 (id, owner, a, b) values ('k1', '00000000-0000-4000-8000-000000000001', 'happy', 0.1);
insert into t1 (id, owner, a, b) values ('k2', '00000000-0000-4000-8000-000000000001', 'happy', 0.1);
insert into t2 (id, owner, r1, a, b) values (2, '00000000-0000-4000-8000-000000000003', 'k1', 'ok', '1970-01-01');
insert into t3 (id, owner, r1, r2, a, b) values (1, '00000000-0000-4000-8000-000000000001', 'k2', 2, 2, '');
-- as u2
delete from t1 returning case when t1.owner <> '00000000-0000-4000-8000-000000000001' then t1.owner else cast('00000000-0000-4000-8000-000000000001' as uuid) end as c1, nullif(t1.a, 'happy') as c2;
