-- found by seed 32094
-- schema
create table log (what text);
create table t2 (
  id int primary key,
  a timestamptz,
  b smallint check (b is not null),
  c int not null,
  d int not null default 2147483647
);
create function f_t2() returns trigger language plpgsql security definer as $$
begin
  insert into public.log (what) values (tg_op || ' t2 ' || tg_when);
  return new;
end $$;
create trigger g_t2 before insert or update on t2 for each row execute function f_t2();
-- as owner
insert into t2 (id, a, b, c, d) values (1, '2024-02-29 12:00:00+00', 1, -4, 7);
-- as u2
insert into t2 (id, a, b, c) values (2, '1999-12-31T23:59:59.123456Z', -1, 2147483647), (1, '2024-02-29 12:00:00+00', 2, 3) on conflict (id) do update set c = (select count(*) from log), d = excluded.d returning *;
