-- Triggers change rows before the policy looks; definer triggers act as their owner.
-- schema
create table posts (id int primary key, owner uuid, title text, slug text generated always as (lower(title)) stored, changed int default 0);
create table audit (n int generated always as identity, what text, who text, uid uuid);
alter table posts enable row level security;
alter table audit enable row level security;
create policy p on posts using (owner = auth.uid()) with check (owner = auth.uid() and slug <> 'bad');
create function own() returns trigger language plpgsql as $$ begin new.owner := auth.uid(); new.changed := coalesce(old.changed, 0) + 1; return new; end $$;
create function aud() returns trigger language plpgsql security definer set search_path = '' as $$
begin insert into public.audit (what, who, uid) values (tg_op || ' ' || coalesce(new.title, old.title), current_user, auth.uid()); return null; end $$;
create function guard() returns trigger language plpgsql as $$
begin
  if new.title = 'forbidden' then raise exception 'title % is forbidden', new.title using errcode = 'check_violation', detail = 'd', hint = 'h'; end if;
  if new.title = 'skip' then return null; end if;
  if new.title = 'rename' then new.title = 'BAD'; end if;
  return new;
end $$;
create trigger a_own before insert or update on posts for each row execute function own();
create trigger b_guard before insert or update on posts for each row execute function guard();
create trigger audit after insert or update or delete on posts for each row execute function aud();
insert into posts (id, owner, title) values (9, '00000000-0000-4000-8000-000000000002', 'Other');
-- as u1
insert into posts (id, title) values (1, 'Mine') returning *;
insert into posts (id, owner, title) values (2, '00000000-0000-4000-8000-000000000002', 'Stolen') returning owner;
insert into posts (id, title) values (3, 'forbidden');
insert into posts (id, title) values (3, 'skip') returning id;
insert into posts (id, title) values (3, 'rename');
insert into posts (id, title) values (3, 'Bad');
update posts set title = 'skip' where id = 1 returning id;
update posts set title = 'Other' where id = 1 returning id, slug, changed;
update posts set slug = 'x' where id = 1;
update posts set id = 9 where id = 1;
delete from posts where id = 9;
delete from posts where id = 1 returning title;
select * from audit;
insert into audit (what) values ('forged');
-- as owner
select what, who, uid from audit order by n;
select id, owner, title, changed from posts order by id;
