-- found by seed 14731
-- schema
create table log (what text);
create table t1 (
  id int primary key,
  owner uuid,
  a int check (a <> 7),
  b real not null,
  c int[]
);
create function f_t1() returns trigger language plpgsql as $$
begin
  insert into public.log (what) values (tg_op || ' t1 ' || tg_when);
  return new;
end $$;
create trigger g_t1 before insert on t1 for each row execute function f_t1();
-- as owner
insert into t1 (id, owner, a, b, c) values (3, '00000000-0000-4000-8000-000000000003', 12, 0, '{3,NULL}');
-- as service
insert into t1 (id, owner, a, b, c) values (5, '00000000-0000-4000-8000-000000000003', -4, 3.25, '{1,2}'), (3, '00000000-0000-4000-8000-000000000009', null, 0.1, array[2, 1]) on conflict (id) do update set a = (select count(*) from log), b = 0, c = excluded.c returning t1.a::numeric / 3 as c1, t1.b as c2;
