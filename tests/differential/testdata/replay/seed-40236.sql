-- found by seed 40236
-- schema
create table log (what text);
create table t1 (
  id int primary key,
  owner uuid not null default auth.uid(),
  a smallint default -1,
  b uuid check (b = '00000000-0000-4000-8000-000000000003'),
  d jsonb not null
);
create table t2 (
  id int primary key,
  owner uuid default auth.uid(),
  a text,
  b varchar(4)
);
create table t4 (
  id int primary key,
  owner uuid not null default auth.uid(),
  r1 int references t1,
  r2 int references t2 on delete set default on update set null,
  a int,
  b bool unique,
  c jsonb not null,
  d jsonb default '{"a": "x"}',
  e timestamptz unique
);
create function f_t4() returns trigger language plpgsql security definer as $$
begin
  insert into public.log (what) values (tg_op || ' t4 ' || tg_when);
  return new;
end $$;
create trigger g_t4 before insert on t4 for each row execute function f_t4();
-- as owner
insert into t1 (id, owner, a, b, d) values (2, '00000000-0000-4000-8000-000000000002', 1, '00000000-0000-4000-8000-000000000003', 'null');
insert into t2 (id, owner, a, b) values (1, '00000000-0000-4000-8000-000000000002', '', 'ab  ');
insert into t2 (id, owner, a, b) values (2, '00000000-0000-4000-8000-000000000002', '12', 'abcd');
insert into t4 (id, owner, r1, r2, a, b, c, d, e) values (2, '00000000-0000-4000-8000-000000000003', 2, 2, -4, true, '"s"', '[1, "a", null]', '1999-12-31T23:59:59.123456Z');
-- as u2
insert into t4 (id, owner, r1, r2, a, c, e) values (2, auth.uid(), 8, 3, null, '[1, "a", null]', '1999-12-31T23:59:59.123456Z') on conflict (e) do update set r2 = (select count(*) from log) where t4.r1 % 2 = 0 returning nullif(t4.r1, 0) as c1, t4.r1 * 2.5 as c2;
