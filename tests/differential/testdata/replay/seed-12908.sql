-- found by seed 12908
-- schema
create type mood as enum ('sad', 'ok', 'happy');
create table log (what text);
create table t1 (
  id int primary key,
  owner uuid default auth.uid(),
  a bool not null default false,
  b smallint,
  c mood,
  d text[] default array['a', 'Ab'],
  e bigint
);
create function f_t1() returns trigger language plpgsql security definer as $$
begin
  insert into public.log (what) values (tg_op || ' t1 ' || tg_when);
  return new;
end $$;
create trigger g_t1 before insert on t1 for each row execute function f_t1();
-- as owner
insert into t1 (id, owner, a, b, c, d, e) values (1, '00000000-0000-4000-8000-000000000001', false, -1, 'sad', '{"x y",NULL,""}', null);
-- as u3
insert into t1 (id, b, c, d, e) values (1, -1, 'sad', array['a', 'Ab'], -3) on conflict (id) do update set a = false, b = (select count(*) from log), d = '{"x y",NULL,""}' returning id;
