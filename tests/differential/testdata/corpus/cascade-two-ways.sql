-- A row that a cascade reaches by two ways, found by seed 3133.
-- schema
create type mood as enum ('sad', 'ok', 'happy');
create table log (what text);
create table t1 (
  id bigint primary key,
  owner uuid default auth.uid(),
  a bool default false,
  b int default -4
);
create table t2 (
  id text primary key,
  owner uuid not null default auth.uid(),
  r1 bigint not null references t1 on delete cascade,
  a mood,
  b mood,
  c int default 2147483647,
  d date not null,
  e uuid
);
create table t3 (
  id text primary key,
  owner uuid,
  r1 bigint not null references t1 on delete cascade,
  a int[] unique,
  b bigint default 1,
  c numeric(6,2) default -2.255
);
create table t4 (
  id bigint primary key,
  owner uuid default auth.uid(),
  r1 bigint references t1 on delete set null,
  r2 text not null references t2 on delete cascade on update cascade,
  r3 text references t3 on delete set default on update set null,
  a text unique,
  b timestamp default null,
  d jsonb check (d is not null)
);
create function f_t4() returns trigger language plpgsql security definer as $$
begin
  insert into public.log (what) values (tg_op || ' t4 ' || tg_when);
  return new;
end $$;
create trigger g_t4 before update on t4 for each row execute function f_t4();
-- as owner
insert into t1 (id, owner, a, b) values (1, '00000000-0000-4000-8000-000000000002', true, null);
insert into t1 (id, owner, a, b) values (2, '00000000-0000-4000-8000-000000000003', true, 2147483647);
insert into t2 (id, owner, r1, a, b, c, d, e) values ('k1', '00000000-0000-4000-8000-000000000001', 2, 'sad', 'happy', 12, '0044-03-15 BC', '00000000-0000-4000-8000-000000000002');
insert into t3 (id, owner, r1, a, b, c) values ('k2', '00000000-0000-4000-8000-000000000003', 1, '{1,2}', 2, 0);
insert into t4 (id, owner, r1, r2, r3, a, b, d) values (3, '00000000-0000-4000-8000-000000000003', 2, 'k1', 'k2', 'b', '-infinity', '{"a": 1, "b": [1, 2]}');
-- as u1
delete from t1 where t1.id = 2;
