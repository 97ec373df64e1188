-- Whether the caller has one of the roles in an organisation.
create function private.has_role(org bigint, variadic roles public.org_role[])
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
    select 1 from public.memberships m
     where m.org_id = org and m.user_id = (select auth.uid()) and (cardinality(roles) = 0 or m.role = any (roles))
  );
$$;

create function private.is_member(org bigint)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (select 1 from public.memberships m where m.org_id = org and m.user_id = (select auth.uid()));
$$;
grant execute on all functions in schema private to authenticated;

-- Counts of rows, kept where they change: one function for all tables, told by its arguments.
create function private.count_rows()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  counter text := tg_argv[0];
begin
  if tg_op in ('UPDATE', 'DELETE') then
    execute format('update public.organisations set %1$I = %1$I - 1 where id = $1', counter) using old.org_id;
  end if;
  if tg_op in ('UPDATE', 'INSERT') then
    execute format('update public.organisations set %1$I = %1$I + 1 where id = $1', counter) using new.org_id;
  end if;
  return null;
end;
$$;
create trigger count_members after insert or delete or update of org_id on public.memberships
  for each row execute function private.count_rows('member_count');
create trigger count_projects after insert or delete or update of org_id on public.projects
  for each row execute function private.count_rows('project_count');

create function private.limit_projects()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  used int;
  allowed int;
begin
  select o.project_count, case o.plan when 'free' then 2 when 'team' then 10 end
    into strict used, allowed
    from public.organisations o where o.id = new.org_id;
  if used >= allowed then
    raise exception 'the plan allows % projects', allowed
      using errcode = 'PT402', hint = 'Upgrade the organisation.';
  end if;
  return new;
exception
  when no_data_found then
    raise exception 'no organisation %', new.org_id using errcode = '23503';
end;
$$;
create trigger limit_projects before insert on public.projects
  for each row execute function private.limit_projects();

-- An organisation keeps an owner.
create function private.keep_owner()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if exists (select 1 from public.organisations o where o.id = old.org_id)
     and not exists (select 1 from public.memberships m where m.org_id = old.org_id and m.role = 'owner') then
    raise exception 'an organisation keeps an owner' using errcode = '23514', constraint = 'memberships_owner';
  end if;
  return null;
end;
$$;
create constraint trigger keep_owner after update or delete on public.memberships
  deferrable initially deferred for each row when (old.role = 'owner') execute function private.keep_owner();

-- Who changed what.
create function private.audit()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  old_row jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  new_row jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  diff jsonb;
  org bigint;
begin
  if tg_op = 'UPDATE' then
    select jsonb_object_agg(key, value order by key) into diff
      from jsonb_each(new_row)
     where old_row -> key is distinct from value and key <> 'updated_at';
    if diff is null then
      return null;
    end if;
  else
    diff := coalesce(new_row, old_row) - '{created_at,updated_at,expires_at}'::text[];
  end if;
  if tg_table_name = 'organisations' then
    org := coalesce(new_row, old_row) ->> 'id';
  else
    org := coalesce(new_row, old_row) ->> 'org_id';
  end if;
  insert into public.audit_log (org_id, table_name, operation, row_id, changes)
  values (org, tg_table_schema || '.' || tg_table_name, lower(tg_op), coalesce(new_row, old_row) ->> 'id', diff);
  return null;
end;
$$;

do $$
declare
  tbl text;
begin
  foreach tbl in array array['organisations', 'memberships', 'invitations', 'projects'] loop
    execute format('create trigger audit after insert or update or delete on public.%I for each row execute function private.audit()', tbl);
  end loop;
  for tbl in select tablename from pg_tables where schemaname = 'public' order by tablename loop
    execute format('alter table public.%I enable row level security', tbl);
  end loop;
end;
$$;

create policy "People see themselves and those they work with." on public.profiles for select to authenticated
  using (id = (select auth.uid()) or exists (
    select 1 from public.memberships mine join public.memberships theirs using (org_id)
     where mine.user_id = (select auth.uid()) and theirs.user_id = profiles.id));
create policy "People change themselves." on public.profiles for update to authenticated
  using (id = (select auth.uid())) with check (id = (select auth.uid()));

create policy "Members see their organisations." on public.organisations for select to authenticated
  using ((select private.is_member(id)));
create policy "Admins change them." on public.organisations for update to authenticated
  using (private.has_role(id, 'admin', 'owner')) with check (private.has_role(id, 'admin', 'owner'));
create policy "Owners close them." on public.organisations for delete to authenticated
  using (private.has_role(id, 'owner'));
revoke update on public.organisations from anon, authenticated;
grant update (name, settings) on public.organisations to authenticated;

create policy "Members see each other." on public.memberships for select to authenticated
  using (private.is_member(org_id));
create policy "Owners give roles." on public.memberships for update to authenticated
  using (private.has_role(org_id, 'owner')) with check (private.has_role(org_id, 'owner'));
create policy "Admins remove, people leave." on public.memberships for delete to authenticated
  using (user_id = (select auth.uid()) or role < 'admin' and private.has_role(org_id, 'admin', 'owner'));

create policy "Admins and the invited see invitations." on public.invitations for select to authenticated
  using (private.has_role(org_id, 'admin', 'owner') or email = (select auth.email())::extensions.citext);
create policy "Admins take invitations back." on public.invitations for delete to authenticated
  using (private.has_role(org_id, 'admin', 'owner'));

create policy "Members see projects." on public.projects for select to authenticated
  using (private.is_member(org_id));
create policy "Members work on projects." on public.projects for all to authenticated
  using (private.has_role(org_id, 'member', 'admin', 'owner')) with check (private.has_role(org_id, 'member', 'admin', 'owner'));
create policy "Nobody changes archived projects." on public.projects as restrictive for update to authenticated
  using (archived_at is null);

create policy "Admins read the log." on public.audit_log for select to authenticated
  using (private.has_role(org_id, 'admin', 'owner'));
