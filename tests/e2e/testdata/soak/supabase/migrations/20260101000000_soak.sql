-- Every owner has notes and a total of them, which a trigger keeps.
create table notes (
  id bigint primary key,
  owner uuid not null default auth.uid(),
  body text not null
);
create index on notes (owner);
create table totals (
  owner uuid primary key,
  n bigint not null default 0
);
alter table notes enable row level security;
alter table totals enable row level security;
create policy "own notes" on notes for all to authenticated
  using (owner = auth.uid()) with check (owner = auth.uid());
create policy "own totals" on totals for select to authenticated using (owner = auth.uid());

create function count_note() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'INSERT' then
    insert into public.totals (owner, n) values (new.owner, 1)
      on conflict (owner) do update set n = public.totals.n + 1;
    return new;
  end if;
  update public.totals set n = n - 1 where owner = old.owner;
  return old;
end $$;
create trigger count_note after insert or delete on notes for each row execute function count_note();

-- off_by is how far the caller's total is from his notes, in one snapshot: 0.
create function off_by() returns bigint language sql stable as $$
  select (select count(*) from public.notes) - coalesce((select n from public.totals), 0)
$$;

create policy "own files" on storage.objects for all to authenticated
  using (bucket_id = 'files' and owner_id = (select auth.uid())::text)
  with check (bucket_id = 'files' and owner_id = (select auth.uid())::text);
