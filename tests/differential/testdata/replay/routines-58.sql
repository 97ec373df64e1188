-- found by routines 58
-- schema
create table log (n int, what text);
create function note(s text) returns void language plpgsql security definer as $$
begin
  insert into public.log select count(*), s from public.log where what = s; -- rows come in no order
end $$;
create table t1 (
  id int primary key,
  owner uuid default auth.uid(),
  a bool not null,
  b numeric(6,2) unique,
  c numeric not null,
  d date unique,
  e uuid check (e >= '00000000-0000-4000-8000-000000000009')
);
create table t2 (
  id int primary key,
  owner uuid not null default auth.uid(),
  r1 int references t1 on delete set null on update cascade,
  a bigint not null,
  b bigint generated always as (r1 * 2) stored,
  c uuid,
  d timestamp not null default '-infinity'
);
create function f_g2_t2() returns trigger language plpgsql as $$
  begin
    perform public.note(concat_ws(' ', tg_name, tg_op, tg_when, tg_level, pg_trigger_depth(), case when tg_op <> 'INSERT' then old.id::text end, case when tg_op <> 'DELETE' then new.id::text end));
    return new;
  end
$$;
create trigger g2_t2 before update of b on t2 for each row execute function f_g2_t2();
-- as owner
insert into t1 (id, owner, a, b, c, d, e) values (2, '00000000-0000-4000-8000-000000000002', false, 0, 1.50, '1970-01-01', '00000000-0000-4000-8000-000000000009');
insert into t2 (id, owner, r1, a, c, d) values (4, '00000000-0000-4000-8000-000000000002', 2, 1, '00000000-0000-4000-8000-000000000001', '-infinity');
-- as service
update t2 set a = 1 where t2.id is not null;
