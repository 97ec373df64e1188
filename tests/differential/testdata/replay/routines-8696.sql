-- found by routines 8696
-- schema
create table t1 (
  id int primary key,
  owner uuid default auth.uid(),
  a bigint unique,
  b smallint
);
create table t2 (
  id int primary key,
  a real not null,
  c text[] default '{}'
);
create function f_g1_t1() returns trigger language plpgsql security definer as $$
  begin
    if pg_trigger_depth() < 3 then delete from public.t2 where id = 3; end if;
    if tg_op = 'DELETE' then return old; end if;
  end
$$;
create trigger g1_t1 before delete on t1 for each row execute function f_g1_t1();
create function f_g1_t2() returns trigger language plpgsql security definer as $$
  begin
    if pg_trigger_depth() < 3 then update public.t1 set owner = '00000000-0000-4000-8000-000000000009' where id = 3; end if;
    if tg_op = 'DELETE' then return old; end if;
  end
$$;
create constraint trigger g1_t2 after delete on t2 deferrable initially immediate for each row  execute function f_g1_t2();
-- as owner
insert into t1 (id, owner, a, b) values (3, '00000000-0000-4000-8000-000000000001', 0, 2);
insert into t2 (id, a, c) values (3, 1e10, '{}');
delete from t1 where t1.id = 3 returning *;
