-- found by seed 32953
-- schema
create table log (what text);
create table t1 (
  id text primary key,
  b timestamptz not null default '1999-12-31T23:59:59.123456Z',
  c int unique,
  d timestamptz check (d >= '2020-01-01 00:00:00.5+02')
);
create function f_t1() returns trigger language plpgsql security definer as $$
begin
  insert into public.log (what) values (tg_op || ' t1 ' || tg_when);
  return new;
end $$;
create trigger g_t1 before insert or update or delete on t1 for each row execute function f_t1();
-- as owner
insert into t1 (id, b, c, d) values ('k1', '2020-01-01 00:00:00.5+02', 2, 'infinity');
-- as anon
insert into t1 (id, b, c) values ('k1', '2024-02-29 12:00:00+00', 0), ('k6', 'infinity', 2147483647) on conflict (id) do update set b = excluded.b, c = (select count(*) from log), d = '2020-01-01 00:00:00.5+02' returning id;
