create type public.member_role as enum ('guest', 'member', 'owner');

create table public.rooms (
  id bigint generated always as identity primary key,
  name text not null,
  owner uuid not null default auth.uid() references public.profiles (id) on delete cascade,
  is_open boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint rooms_name_length check (char_length(name) between 1 and 60)
);

create table public.members (
  room_id bigint not null references public.rooms (id) on delete cascade,
  user_id uuid not null default auth.uid() references public.profiles (id) on delete cascade,
  role public.member_role not null default 'member',
  last_read_at timestamptz not null default now(),
  primary key (room_id, user_id)
);
create index members_user_id_idx on public.members (user_id);

create table public.messages (
  id uuid primary key default gen_random_uuid(),
  room_id bigint not null references public.rooms (id) on delete cascade,
  author_id uuid not null default auth.uid() references public.profiles (id) on delete cascade,
  body text not null check (body <> '' and char_length(body) <= 2000),
  created_at timestamptz not null default now()
);
create index messages_room_id_created_at_idx on public.messages (room_id, created_at desc);

-- Whether the caller belongs to a room. It reads members past its policies, which
-- is why it is a definer function; it is asked about the state before a statement,
-- so nobody can vouch for himself.
create function public.is_member(room bigint)
returns boolean
language sql
stable
security definer set search_path = ''
as $$
  select exists (
    select 1 from public.members m where m.room_id = room and m.user_id = (select auth.uid())
  );
$$;

alter table public.rooms enable row level security;
alter table public.members enable row level security;
alter table public.messages enable row level security;

create policy "Open rooms are visible, others to their members."
  on public.rooms for select to authenticated
  using (is_open or owner = (select auth.uid()) or public.is_member(id));
create policy "Signed-in people open rooms."
  on public.rooms for insert to authenticated with check (owner = (select auth.uid()));
create policy "Owners change their rooms."
  on public.rooms for update to authenticated using (owner = (select auth.uid()));
create policy "Owners close their rooms."
  on public.rooms for delete to authenticated using (owner = (select auth.uid()));

create policy "Members see each other."
  on public.members for select to authenticated
  using (user_id = (select auth.uid()) or public.is_member(room_id));
create policy "People join open rooms, owners add anyone."
  on public.members for insert to authenticated
  with check (
    exists (
      select 1 from public.rooms r
      where r.id = room_id and (r.owner = (select auth.uid()) or r.is_open and user_id = (select auth.uid()))
    )
  );
create policy "People mark their own reading."
  on public.members for update to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "People leave."
  on public.members for delete to authenticated using (user_id = (select auth.uid()));

create policy "Members read."
  on public.messages for select to authenticated
  using (room_id in (select m.room_id from public.members m where m.user_id = (select auth.uid())));
create policy "Members write in their own name."
  on public.messages for insert to authenticated
  with check (author_id = (select auth.uid()) and public.is_member(room_id));
create policy "Authors take back."
  on public.messages for delete to authenticated using (author_id = (select auth.uid()));

create function public.touch_updated_at()
returns trigger
language plpgsql
as $$
begin
  new.updated_at := now();
  return new;
end;
$$;

create trigger rooms_updated_at
  before update on public.rooms
  for each row execute function public.touch_updated_at();

-- The owner of a new room is its first member.
create function public.handle_new_room()
returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  insert into public.members (room_id, user_id, role) values (new.id, new.owner, 'owner');
  return new;
end;
$$;

create trigger rooms_owner_joins
  after insert on public.rooms
  for each row execute function public.handle_new_room();

create view public.unread with (security_invoker = true) as
  select m.room_id, count(x.id) as messages
  from public.members m
  left join public.messages x on x.room_id = m.room_id and x.created_at > m.last_read_at and x.author_id <> m.user_id
  where m.user_id = (select auth.uid())
  group by m.room_id;

-- What a client calls when it has shown a room.
create function public.mark_read(room bigint)
returns void
language sql
as $$
  update public.members set last_read_at = now() where room_id = room and user_id = (select auth.uid());
$$;

alter publication supabase_realtime add table public.messages, public.members;
