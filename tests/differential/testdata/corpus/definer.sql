-- Definer functions: another actor; the search path; what they may be used for.
-- schema
create schema private;
create table private.keys (k text);
insert into private.keys values ('hidden');
create table public.logs (who text, role text, uid text);
alter table logs enable row level security;
create function public.who() returns text language sql stable security definer as $$ select current_user::text $$;
create function public.me() returns text language sql stable as $$ select current_user::text $$;
create function public.key_of() returns text language sql stable security definer set search_path = private as $$ select k from keys $$;
create function public.key_open() returns text language sql stable set search_path = private as $$ select k from keys $$;
create function public.log_me() returns void language plpgsql security definer set search_path = '' as $$
begin insert into public.logs values (current_user, auth.role(), auth.uid()::text); end $$;
create function public.log_plain() returns void language plpgsql as $$
begin insert into public.logs values (current_user, auth.role(), auth.uid()::text); end $$;
create function public.count_logs() returns bigint language sql stable security definer as $$ select count(*) from public.logs $$;
create function public.admin_only() returns text language plpgsql security definer as $$
begin
  if auth.role() <> 'service_role' then raise exception 'not allowed' using errcode = '42501', hint = 'ask'; end if;
  return 'ok';
end $$;
revoke execute on function public.count_logs() from public, anon;
create table notes (id int primary key, owner uuid);
alter table notes enable row level security;
create function public.owner_of(n int) returns uuid language sql stable security definer as $$ select owner from notes where id = n $$;
create policy p on notes using (owner_of(id) = auth.uid());
create policy w on notes for insert with check (owner_of(id) is null);
insert into notes values (1, '00000000-0000-4000-8000-000000000001'), (2, '00000000-0000-4000-8000-000000000002');
-- as u1
select who(), me();
select key_of();
select key_open();
select * from private.keys;
select log_me();
select log_plain();
select count_logs();
select admin_only();
select * from logs;
select id from notes;
insert into notes values (3, '00000000-0000-4000-8000-000000000002');
insert into notes values (3, '00000000-0000-4000-8000-000000000001') returning id;
select owner_of(2);
update notes set owner = '00000000-0000-4000-8000-000000000002' where id = 1;
-- as anon
select count_logs();
select who(), me();
-- as service
select admin_only();
select count_logs();
-- as owner
select * from logs;
