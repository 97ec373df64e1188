create table public.rows (
  client bigint not null,
  n bigint not null,
  primary key (client, n)
);
alter table public.rows enable row level security;
create policy "Everybody sees." on public.rows for select to anon using (true);
create policy "Everybody writes." on public.rows for insert to anon with check (true);
alter publication supabase_realtime add table public.rows;
