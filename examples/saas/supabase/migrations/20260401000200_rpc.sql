create function public.create_organisation(name text, slug text)
returns public.organisations
language plpgsql
security definer
set search_path = public, extensions
as $$
#variable_conflict use_column
declare
  org organisations;
begin
  if auth.uid() is null then
    raise exception 'sign in first' using errcode = '28000';
  end if;
  insert into organisations (name, slug) values (create_organisation.name, create_organisation.slug) returning * into org;
  insert into memberships (org_id, user_id, role) values (org.id, auth.uid(), 'owner');
  select * into org from organisations o where o.id = org.id;
  return org;
exception
  when unique_violation then
    raise exception 'the address "%" is taken', slug using errcode = '23505', hint = 'Choose another.';
end;
$$;

create function public.invite_member(org bigint, address text, as_role public.org_role default 'member')
returns bigint
language plpgsql
security definer
set search_path = public, extensions
as $$
declare
  invitation bigint;
begin
  if not private.has_role(org, 'admin', 'owner') then
    raise exception 'only admins invite' using errcode = '42501';
  end if;
  if exists (
    select 1 from memberships m join profiles p on p.id = m.user_id where m.org_id = org and p.email = address::citext
  ) then
    raise exception '% is a member already', address using errcode = '23505';
  end if;
  insert into invitations (org_id, email, role, invited_by)
  values (org, address::citext, as_role, auth.uid())
  on conflict (org_id, email) where accepted_at is null
    do update set role = excluded.role, expires_at = excluded.expires_at
  returning id into invitation;
  return invitation;
end;
$$;

create function public.accept_invitation(invitation bigint)
returns table (org_id bigint, org_name text, my_role public.org_role)
language plpgsql
security definer
set search_path = public, extensions
as $$
#variable_conflict use_column
declare
  inv invitations%rowtype;
begin
  select * into inv from invitations i
   where i.id = invitation and i.email = auth.email()::citext and i.accepted_at is null
     for update;
  if not found then
    raise exception 'there is no such invitation' using errcode = 'PT404';
  elsif inv.expires_at < now() then
    raise exception 'the invitation has expired' using errcode = 'P0001';
  end if;
  insert into memberships (org_id, user_id, role) values (inv.org_id, auth.uid(), inv.role)
  on conflict do nothing;
  update invitations set accepted_at = now() where id = inv.id;
  return query
    select o.id, o.name, m.role
      from organisations o join memberships m on m.org_id = o.id and m.user_id = auth.uid()
     where o.id = inv.org_id;
end;
$$;

create function public.my_organisations()
returns setof jsonb
language sql
stable
as $$
  select jsonb_build_object(
    'slug', o.slug, 'role', m.role, 'members', o.member_count,
    'projects', (select coalesce(jsonb_agg(jsonb_build_object('name', p.name, 'budget', p.budget) order by p.name), '[]'::jsonb)
                   from public.projects p where p.org_id = o.id and p.archived_at is null))
    from public.organisations o
    join public.memberships m on m.org_id = o.id and m.user_id = (select auth.uid())
   order by o.slug;
$$;
revoke execute on all functions in schema public from anon;

create view public.org_report with (security_invoker = true) as
  select o.slug,
         count(p.id) filter (where p.archived_at is null) as open_projects,
         coalesce(sum(p.budget), 0)::numeric(12, 2) as budget,
         o.settings ->> 'theme' as theme,
         lag(o.slug) over (order by o.slug) as previous
    from public.organisations o left join public.projects p on p.org_id = o.id
   group by o.id;
