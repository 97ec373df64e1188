-- found by routines 821
-- schema
create table log (n int, what text);
create function note(s text) returns void language plpgsql security definer as $$
begin
  insert into public.log select count(*), s from public.log where what = s; -- rows come in no order
end $$;
create table t2 (
  id text primary key,
  owner uuid default auth.uid(),
  a int default 12,
  b uuid not null
);
create function f_g1_t2() returns trigger language plpgsql as $$
  begin
    perform public.note(concat_ws(' ', tg_name, tg_op, tg_when, tg_level, pg_trigger_depth(), (select count(*) from log)));
    return null;
  end
$$;
create trigger g1_t2 before insert or update or delete on t2 for each statement execute function f_g1_t2();
-- as owner
insert into t2 (id, owner, a, b) values ('k4', '00000000-0000-4000-8000-000000000003', -4, '00000000-0000-4000-8000-000000000009');
update t2 set a = (select count(*) from log), b = '00000000-0000-4000-8000-000000000003' where t2.id = 'k4';
