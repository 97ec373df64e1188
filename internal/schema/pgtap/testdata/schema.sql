create type public.mood as enum ('sad', 'ok');
create table public.todos (
  id bigint generated always as identity primary key,
  owner uuid not null default auth.uid(),
  title text not null check (title <> ''),
  price numeric(10, 2) default 1.5,
  mood public.mood
);
create index todos_owner_idx on public.todos (owner);
alter table public.todos enable row level security;
create policy "Own." on public.todos for all to authenticated using (owner = (select auth.uid())) with check (owner = (select auth.uid()));
create function public.double(n integer) returns integer language sql immutable as $$ select n * 2 $$;
insert into public.todos (owner, title) values ('00000000-0000-0000-0000-00000000000a', 'first'), ('00000000-0000-0000-0000-00000000000b', 'second');
