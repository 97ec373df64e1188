-- A first table: everyone has todos of their own. Change it or delete it.
create table public.todos (
  id uuid primary key default gen_random_uuid(),
  owner uuid not null default auth.uid() references auth.users (id) on delete cascade,
  title text not null check (title <> ''),
  done boolean not null default false,
  created_at timestamptz not null default now()
);

create index todos_owner_idx on public.todos (owner);

alter table public.todos enable row level security;

create policy "People have their own todos." on public.todos
  for all to authenticated
  using (owner = (select auth.uid()))
  with check (owner = (select auth.uid()));

alter publication supabase_realtime add table public.todos;
