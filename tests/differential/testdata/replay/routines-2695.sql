-- found by routines 2695
-- schema
create table log (n int, what text);
create function note(s text) returns void language plpgsql security definer as $$
begin
  insert into public.log select count(*), s from public.log where what = s; -- rows come in no order
end $$;
create table t3 (
  id int primary key,
  owner uuid default auth.uid(),
  a bigint,
  b bigint generated always as (a * 2) stored,
  c jsonb not null
);
create function f_g1_t3() returns trigger language plpgsql security definer as $$
  begin
    perform public.note(concat_ws(' ', tg_name, tg_op, tg_when, tg_level, pg_trigger_depth(), case when tg_op <> 'INSERT' then old.id::text end, case when tg_op <> 'DELETE' then new.id::text end));
    return new;
  end
$$;
create trigger g1_t3 after update of b on t3 for each row execute function f_g1_t3();
-- as owner
insert into t3 (id, owner, a, c) values (2, '00000000-0000-4000-8000-000000000003', 1, '{"bb": {"c": true}, "a": 1.50}');
insert into t3 (id, owner, a, c) values (2, auth.uid(), 0, '{"a": 1, "b": [1, 2]}') on conflict (id) do update set c = '"s"' returning t3.owner as c1, (t3.b in (9223372036854775807, -3)) as c2;
