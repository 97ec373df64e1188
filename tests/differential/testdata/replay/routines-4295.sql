-- found by routines 4295
-- schema
create table log (n int, what text);
create function note(s text) returns void language plpgsql security definer as $$
begin
  insert into public.log select count(*), s from public.log where what = s; -- rows come in no order
end $$;
create table t1 (
  id int primary key,
  owner uuid default auth.uid(),
  a numeric(6,2),
  b numeric(6,2),
  c jsonb
);
create table t2 (
  id uuid primary key,
  owner uuid,
  r1 int references t1 on delete set null,
  b bigint generated always as (coalesce(r1, 0) + 1) stored,
  c timestamp
);
create function f_g3_t2() returns trigger language plpgsql security definer as $$
  begin
    perform public.note(concat_ws(' ', tg_name, tg_op, tg_when, tg_level, pg_trigger_depth(), case when tg_op <> 'INSERT' then old.id::text end, case when tg_op <> 'DELETE' then new.id::text end));
    return new;
  end
$$;
create trigger g3_t2 after update of b on t2 for each row when (new.id < '00000000-0000-4000-8000-000000000002') execute function f_g3_t2();
-- as owner
insert into t1 (id, owner, a, b, c) values (1, '00000000-0000-4000-8000-000000000003', 0, 1.5, '"s"');
insert into t2 (id, owner, r1, c) values ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000003', 1, '2020-01-01 00:00:00.5');
insert into t2 (id, r1, c) values ('00000000-0000-4000-8000-000000000001', 1, '2020-01-01 00:00:00.5') on conflict (id) do update set owner = '00000000-0000-4000-8000-000000000009', c = '2020-01-01 00:00:00.5' returning *;
