create type public.mood as enum ('sad', 'ok', 'happy');
create domain public.positive as integer default 1 check (value > 0);
create type public.pair as (a integer, b text[]);
create sequence public.counter start 10 increment 5;
create table public.people (
  id bigint generated always as identity primary key,
  name varchar(40) not null,
  mood public.mood default 'ok',
  age public.positive,
  score numeric(10,2) not null default 0,
  seen timestamptz(3) default now(),
  code char(3),
  tags text[] default '{}',
  full_name text generated always as (name || '!') stored,
  boss bigint references public.people (id) on delete set null,
  constraint people_name_key unique (name),
  constraint people_score_check check (score >= 0)
);
comment on table public.people is 'who';
comment on column public.people.name is 'what they are called';
create index people_lower_idx on public.people (lower(name)) where mood <> 'sad';
create index people_tags_idx on public.people using gin (tags);
create unique index people_two on public.people (boss desc, name);
alter table public.people enable row level security;
alter table public.people force row level security;
create policy mine on public.people for select to authenticated using (name = (select auth.jwt() ->> 'name'));
create policy "write it" on public.people as restrictive for insert with check (score < 100);
create table public.pairs (a int, b int, c serial, primary key (a, b), unique (b) deferrable initially deferred);
create table public.sub (a int, b int, foreign key (a, b) references public.pairs on update cascade deferrable initially deferred);
create view public.happy with (security_invoker = true) as select id, name, score * 2 as twice from public.people where mood = 'happy';
create materialized view public.counts as select mood, count(*) as n from public.people group by mood;
create function public.add(a int, b int default 2) returns int language sql immutable strict as $$ select a + b $$;
create function public.add(a text) returns text language sql stable security definer set search_path = '' as $$ select a $$;
create function public.list(n int) returns table (id bigint, label text) language sql as $$ select id, name from public.people limit n $$;
create function public.many() returns setof public.people language sql stable as $$ select * from public.people $$;
create function public.two(out a int, out b text) language sql as $$ select 1, 'x' $$;
create function public.vari(variadic xs int[]) returns int language sql as $$ select 1 $$;
create function public.nothing() returns void language sql as $$ select 1 $$;
create function public.touch() returns trigger language plpgsql as $$ begin new.seen := now(); return new; end $$;
create trigger touch before insert or update of name on public.people for each row execute function public.touch();
create schema private;
create table private.secrets (id uuid primary key default gen_random_uuid(), v jsonb not null);
grant usage on schema private to authenticated;
grant select (id), insert on private.secrets to authenticated;
revoke all on public.sub from anon;
alter publication supabase_realtime add table public.people, public.pairs;
alter table public.pairs replica identity full;
