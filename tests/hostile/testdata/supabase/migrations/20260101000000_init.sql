create table public.owners (id uuid primary key default gen_random_uuid(), name text not null, user_id uuid references auth.users(id));
create table public.notes (
  id bigint primary key,
  owner uuid references public.owners(id),
  body text not null,
  public boolean not null default false,
  meta jsonb not null default '{}'
);
alter table public.owners enable row level security;
alter table public.notes enable row level security;
create policy "open notes" on public.notes for select using (public);
create policy "insert open" on public.notes for insert with check (public);
create policy "update open" on public.notes for update using (public) with check (public);
create table public.tags (id bigint primary key, note_id bigint references public.notes(id), label text not null);
alter table public.tags enable row level security;
create policy "tags all" on public.tags for select using (true);
create view public.note_view with (security_invoker = true) as select id, body from public.notes;
create function public.count_notes() returns bigint language sql stable as $$ select count(*) from public.notes $$;
create function public.shout(n public.notes) returns text language sql stable as $$ select upper(n.body) $$;
insert into public.owners (id, name) values ('00000000-0000-0000-0000-000000000001', 'HIDDENOWNER');
insert into public.notes (id, owner, body, public, meta) values (1, '00000000-0000-0000-0000-000000000001', 'open', true, '{"a": {"b": 1}}'), (2, '00000000-0000-0000-0000-000000000001', 'TOPSECRET', false, '{"k": "TOPSECRET"}');
insert into public.tags values (1, 1, 'one'), (2, 2, 'two');
insert into storage.buckets (id, name, public) values ('priv', 'priv', false), ('pub','pub',true);
create function public.word(w text) returns text language sql stable as $$ select w $$;
create function public.keys(j jsonb) returns setof text language sql stable as $$ select jsonb_object_keys(j) $$;
create function public.seen() returns text language sql stable as $$ select current_setting('request.headers', true)::json ->> 'x-seen' $$;
