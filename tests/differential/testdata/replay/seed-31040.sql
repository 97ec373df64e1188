-- found by seed 31040
-- schema
create table log (what text);
create table t1 (
  id int primary key,
  a bigint generated always as (id * 2) stored,
  b smallint,
  c timestamp default '2020-01-01 00:00:00.5',
  unique (id, a)
);
create function f_t1() returns trigger language plpgsql security definer as $$
begin
  insert into public.log (what) values (tg_op || ' t1 ' || tg_when);
  return new;
end $$;
create trigger g_t1 before insert or update or delete on t1 for each row execute function f_t1();
-- as owner
insert into t1 (id, b, c) values (1, 2, '2024-02-29 12:00:00');
-- as u1
insert into t1 (id, b, c) values (1, 32767, default), (7, 2, '2020-01-01 00:00:00.5') on conflict (id, a) do update set b = (select count(*) from log) returning id;
