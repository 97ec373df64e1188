-- Accounts whose balance their owner may see and not set, and a step that is nobody's.
create table public.accounts (
  id uuid primary key default auth.uid(),
  name text not null,
  balance bigint not null default 10,
  risk text not null default 'TOPSECRET'
);
alter table public.accounts enable row level security;
create policy "own account" on public.accounts for all to authenticated using (id = auth.uid()) with check (id = auth.uid());
revoke all on public.accounts from anon, authenticated;
grant select (id, name, balance), insert (name), update (name), delete on public.accounts to authenticated;
create function public.close_all() returns void language sql security definer set search_path = '' as $$ delete from public.accounts $$;
revoke execute on function public.close_all() from public, anon, authenticated;
create policy "own files" on storage.objects for all to authenticated
  using (bucket_id = 'priv' and owner_id = (select auth.uid())::text) with check (bucket_id = 'priv' and owner_id = (select auth.uid())::text);
