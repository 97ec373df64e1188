-- Security definer against invoker: whose policies, whose role, whose rights on tables and functions; nested both ways.
-- schema
create table secrets (id int primary key, owner uuid, s text);
alter table secrets enable row level security;
create policy mine on secrets for select to authenticated using (owner = auth.uid());
insert into secrets values (1, '00000000-0000-4000-8000-000000000001', 'one'), (2, '00000000-0000-4000-8000-000000000002', 'two');
create table closed (id int primary key);
revoke all on closed from anon, authenticated;
create function as_invoker() returns text language plpgsql as $$ begin return current_user || ' ' || (select count(*) from secrets) || ' ' || coalesce(auth.uid()::text, 'nobody'); end $$;
create function as_definer() returns text language plpgsql security definer set search_path = public as $$ begin return current_user || ' ' || (select count(*) from secrets) || ' ' || coalesce(auth.uid()::text, 'nobody'); end $$;
create function definer_calls() returns text language plpgsql security definer as $$ begin return as_invoker(); end $$;
create function invoker_calls() returns text language plpgsql as $$ begin return as_definer() || ' / ' || current_user; end $$;
create function write_closed(security int) returns int language plpgsql security definer as $$ begin insert into closed values (security); return security; end $$;
create function write_closed_plain(i int) returns int language plpgsql as $$ begin insert into closed values (i); return i; end $$;
create function write_secret(i int) returns int language plpgsql as $$ begin insert into secrets values (i, auth.uid(), 'new'); return i; end $$;
create function write_secret_definer(i int) returns int language plpgsql security definer as $$ begin insert into secrets values (i, auth.uid(), 'new'); return i; end $$;
create function only_service() returns int language plpgsql as $$ begin return 1; end $$;
revoke execute on function only_service() from public, anon, authenticated;
create function through() returns int language plpgsql security definer as $$ begin return only_service(); end $$;
create function claims() returns text language plpgsql stable as $$
begin
  if auth.jwt() -> 'app_metadata' ->> 'level' = '2' then return 'level two'; end if;
  return coalesce(auth.role(), 'none') || ' ' || coalesce(auth.email(), 'none');
end $$;
drop schema if exists hidden cascade; create schema hidden;
create table hidden.k (v text); insert into hidden.k values ('found');
create function pathed() returns text language plpgsql security definer set search_path = hidden as $$ begin return (select v from k); end $$;
create function emptied() returns text language plpgsql security definer set search_path = '' as $$ begin return (select v from k); end $$;
create function emptied_qualified() returns text language plpgsql security definer set search_path = '' as $$ begin return (select v from hidden.k); end $$;
create function in_handler() returns text language plpgsql as $$
begin return (select id::text from closed); exception when insufficient_privilege then return 'refused ' || sqlerrm; end $$;
create function of_policy(i int) returns bool language plpgsql stable security definer as $$ begin return exists (select 1 from secrets where id = i and s = 'two'); end $$;
create table notes (id int primary key, secret int); insert into notes values (1, 1), (2, 2);
alter table notes enable row level security;
create policy n on notes for select using (of_policy(secret));
-- as u1
select as_invoker() as a, as_definer() as b, definer_calls() as c, invoker_calls() as d;
select write_closed(1) as r;
select write_closed_plain(2) as r /* 42501 */;
select write_secret(7) as r /* 42501 */;
select write_secret_definer(8) as r;
select only_service() as r /* 42501 */;
select through() as r;
select claims() as r;
select pathed() as r;
select emptied() as r /* 42P01 */;
select emptied_qualified() as r;
select in_handler() as r;
select id from notes order by id;
-- as u2
select claims() as r;
select as_invoker() as a;
-- as anon
select as_invoker() as a, as_definer() as b;
select claims() as r;
select write_closed_plain(3) as r /* 42501 */;
-- as nobody
select claims() as r;
-- as service
select as_invoker() as a, as_definer() as b;
select only_service() as r;
-- as owner
select * from closed order by id;
select id, owner from secrets order by id;
