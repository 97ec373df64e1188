create table public.entries (
  id bigint generated always as identity primary key,
  owner uuid not null default auth.uid() references auth.users (id) on delete cascade,
  batch bigint not null,
  half smallint not null check (half in (1, 2)),
  unique (batch, half)
);
alter table public.entries enable row level security;
create policy "People have their own entries." on public.entries
  for all to authenticated using (owner = (select auth.uid())) with check (owner = (select auth.uid()));

create view public.batches with (security_invoker = true) as
  select batch, count(*) as halves from public.entries group by batch;
alter publication supabase_realtime add table public.entries;
