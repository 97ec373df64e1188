create schema app;
create type app.state as enum ('open', 'paid', 'sent');
create domain public.email as text default 'a@b.c' check (value like '%@%');
create type public.point2 as (x integer, y numeric(10, 2));
create sequence public.invoice_no start 100 increment 5 minvalue 100 maxvalue 100000 cycle;
create table public.customers (
  id uuid primary key default gen_random_uuid(),
  mail public.email not null unique,
  name text not null check (length(name) between 1 and 80),
  "Home Town" varchar(40),
  born date default (current_date - 1),
  tags text[] not null default '{}',
  at public.point2,
  slug text generated always as (lower(name)) stored
);
comment on table public.customers is 'People who''ve bought something.';
comment on column public.customers.born is 'Day of birth';
create table app.orders (
  id bigint generated always as identity primary key,
  customer uuid not null references public.customers (id) on delete cascade,
  state app.state not null default 'open',
  no integer default nextval('public.invoice_no'),
  total numeric(12, 2) not null default 0 check (total >= 0),
  made timestamptz not null default now(),
  unique (customer, made) deferrable initially deferred
);
create table app.items (
  id serial primary key,
  "order" bigint not null references app.orders (id) on update cascade on delete restrict,
  title text,
  price numeric
);
create unique index items_title_idx on app.items (lower(title) desc nulls last) where price > 0;
create index on app.items ("order");
create function app.total(o bigint) returns numeric language sql stable as $$ select coalesce(sum(i.price), 0) from app.items i where i."order" = o $$;
create function app.keep_total() returns trigger language plpgsql security definer set search_path = '' as $f$
begin
  update app.orders set total = app.total(coalesce(new."order", old."order")) where id = coalesce(new."order", old."order");
  return null;
end;
$f$;
create trigger keep after insert or delete or update of price on app.items for each row execute function app.keep_total();
create function public.search(q text, n integer default 10, out found text, out score real) returns setof record language sql as $$ select title, 1::real from app.items where title like q limit n $$;
create function public.mine() returns table (id bigint, total numeric) language sql stable security invoker as $$ select o.id, o.total from app.orders o $$;
create view public.summary with (security_invoker = true) as select c.id, c.name, count(o.id) as orders from public.customers c left join app.orders o on o.customer = c.id group by c.id, c.name;
alter table public.customers enable row level security;
alter table app.orders enable row level security;
alter table app.orders force row level security;
create policy "Own row." on public.customers for select to authenticated using (id = (select auth.uid()));
create policy "Insert own." on public.customers for insert to authenticated with check (id = (select auth.uid()) and name <> 'x');
create policy "Through customers." on app.orders as restrictive for all using (exists (select 1 from public.customers c where c.id = customer));
alter table app.orders replica identity full;
alter publication supabase_realtime add table app.orders;
revoke all on public.customers from anon;
grant select (id, name) on public.customers to anon;
grant usage on schema app to authenticated;
revoke execute on function public.mine() from public, anon;
grant insert on app.orders to authenticated with grant option;
