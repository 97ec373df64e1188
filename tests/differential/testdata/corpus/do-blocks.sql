-- DO blocks of migrations: they look into the catalogue and change the schema.
-- schema
create table t (id int primary key, n int);
create table other (id int);
do $$ declare i int; begin for i in 1..3 loop insert into t values (i, i * 10); end loop; end $$;
do $$ begin create type mood as enum ('a', 'b'); exception when duplicate_object then null; end $$;
do $$ begin create type mood as enum ('c'); exception when duplicate_object then null; end $$;
do $$ begin if not exists (select 1 from pg_type where typname = 'kind') then create type kind as enum ('x'); end if; end $$;
do $$ begin if not exists (select from pg_type t join pg_namespace n on n.oid = t.typnamespace where t.typname = 'kind' and n.nspname = 'public') then create type kind as enum ('y'); end if; end $$;
do $$ begin
  if not exists (select 1 from information_schema.columns where table_schema = 'public' and table_name = 't' and column_name = 'note') then
    alter table t add column note text default 'new';
  end if;
end $$;
do $$ declare r record; begin
  for r in select tablename from pg_tables where schemaname = 'public' order by 1 loop
    execute format('alter table public.%I enable row level security', r.tablename);
    execute format('create policy %I on public.%I for select using (true)', r.tablename || '_read', r.tablename);
  end loop;
end $$;
do $$ begin
  if exists (select 1 from pg_constraint where conname = 'other_pkey') then raise exception 'there already'; end if;
  alter table other add primary key (id);
end $$;
do $$ begin
  begin
    create table half (a int);
    insert into half values (1);
    perform 1 / 0;
  exception when division_by_zero then raise notice 'taken back';
  end;
end $$;
create table half (b text);
-- as owner
select * from t order by id;
select 'b'::mood as m, 'x'::kind as k;
select tablename, policyname, cmd, permissive, roles from pg_policies where schemaname = 'public' order by 1;
select column_name, data_type, is_nullable, udt_name from information_schema.columns where table_schema = 'public' and table_name = 't' order by ordinal_position;
select relname, relkind, relrowsecurity from pg_class where relname in ('t', 'other', 'half', 'other_pkey') order by 1;
select conname, contype from pg_constraint where conrelid = 'other'::regclass;
select to_regclass('public.t') as a, to_regclass('nothing') as b, to_regclass('nothing') is null as c;
select * from half;
-- as u1
select * from t order by id;
do $$ begin raise exception 'x % y', 1 using hint = 'no'; end $$;
-- as service
do $$ begin insert into t values (9, 9); perform 1; end $$;
select count(*) as n from t;
