-- found by routines 185
-- schema
create type mood as enum ('sad', 'ok', 'happy');
create table t1 (
  id int primary key,
  a timestamp not null,
  b mood check (b <> 'happy'),
  c numeric default -2.25,
  d smallint default 32767
);
create table t2 (
  id bigint primary key,
  owner uuid not null default auth.uid(),
  r1 int references t1 on update set null,
  a bigint generated always as (abs(id)) stored,
  b bigint generated always as (r1 * 2) stored
);
create function f_g1_t2() returns trigger language plpgsql security definer as $$
  begin
    if pg_trigger_depth() = 1 and (new.owner <> '00000000-0000-4000-8000-000000000003') then return null; end if;
  end
$$;
create trigger g1_t2 before update of a on t2 for each row execute function f_g1_t2();
-- as owner
insert into t1 (id, a, b, c, d) values (2, '2020-01-01 00:00:00.5', 'ok', 'NaN', 32767);
insert into t2 (id, owner, r1) values (1, '00000000-0000-4000-8000-000000000001', 2);
-- as service
update t2 set b = default;
