-- A row that the transaction itself made, and whose parent goes before it, found by seed 6058.
-- schema
create table t1 (
  id bigint primary key,
  owner uuid not null default auth.uid(),
  a bool default null,
  b float8 not null,
  c text,
  e numeric not null default 0
);
create table t2 (
  id int primary key,
  owner uuid default auth.uid(),
  r1 bigint references t1 on delete cascade,
  a smallint
);
create table t3 (
  id int primary key,
  owner uuid default auth.uid(),
  r1 bigint references t1 on delete cascade on update set null,
  a int not null,
  b text[],
  c int[] unique
);
create table t4 (
  id text primary key,
  owner uuid,
  r1 bigint references t1 on delete set default,
  r2 int references t2 on delete cascade,
  r3 int not null references t3 on update set null,
  a bool,
  b float8 default 0
);
create function f_t1() returns trigger language plpgsql security definer as $$
begin
  if tg_op <> 'DELETE' and new.a is distinct from false then new.b := -1.5; end if;
  return new;
end $$;
create trigger g_t1 before insert on t1 for each row execute function f_t1();
-- as owner
insert into t1 (id, owner, a, b, c, e) values (1, '00000000-0000-4000-8000-000000000002', true, 'NaN', 'ä€', 0.001);
insert into t1 (id, owner, a, b, c, e) values (2, '00000000-0000-4000-8000-000000000003', true, null, 'x y', 1.50);
insert into t2 (id, owner, r1, a) values (2, '00000000-0000-4000-8000-000000000003', 2, 2);
insert into t3 (id, owner, r1, a, b, c) values (1, '00000000-0000-4000-8000-000000000002', 2, 2147483647, array['a', 'Ab'], '{3,NULL}');
insert into t4 (id, owner, r1, r2, r3, a, b) values ('k4', '00000000-0000-4000-8000-000000000001', 1, 2, 1, true, null);
-- as u1
with q as (select id from t1 where owner is not null) delete from t1 where id in (select id from q) returning id;
