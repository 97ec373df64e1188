-- Instead of triggers on views: insert, update, delete, returning, null to skip, raise, when a view joins.
-- schema
create table people (id int primary key, name text, secret text default 'hidden');
create table mails (person int primary key references people on delete cascade, mail text);
drop schema if exists noted cascade; create schema noted; grant usage on schema noted to public;
create table noted.log (n int generated always as identity, what text); -- numbers of a sequence are not compared
grant all on noted.log to public;
create view cards as select p.id, p.name, m.mail, upper(p.name) as shout from people p left join mails m on m.person = p.id;
create function put_card() returns trigger language plpgsql as $$
begin
  insert into noted.log (what) values (concat_ws(' ', tg_name, tg_when, tg_op, tg_level, tg_table_name));
  if tg_op = 'DELETE' then delete from people where id = old.id; return old; end if;
  if new.name = 'skip' then return null; end if;
  if new.name = 'no' then raise exception 'not %', new.name using errcode = '23514'; end if;
  if tg_op = 'INSERT' then
    insert into people (id, name) values (new.id, initcap(new.name)) returning name into new.name;
    if new.mail is not null then insert into mails values (new.id, new.mail); end if;
    new.shout := 'from the trigger';
  else
    update people set name = new.name where id = old.id;
    insert into mails values (old.id, new.mail) on conflict (person) do update set mail = excluded.mail;
  end if;
  return new;
end $$;
create trigger put_card instead of insert or update or delete on cards for each row execute function put_card();
create view plain as select * from cards;
create function st() returns trigger language plpgsql as $$ begin insert into noted.log (what) values (tg_when || ' ' || tg_level || ' ' || tg_op); return null; end $$;
create trigger st_b before insert on cards for each statement execute function st();
create trigger st_a after insert on cards for each statement execute function st();
-- as owner
insert into cards (id, name, mail) values (1, 'ann', 'a@x'), (2, 'bob', null) returning *;
insert into cards (id, name) values (3, 'skip') returning id;
insert into cards (id, name) values (3, 'no') /* 23514 */;
update cards set mail = 'new@x' where id = 1 returning mail, name, shout;
update cards set name = name || '!' returning id, name;
update cards set mail = 'none' where id = 99;
delete from cards where name like 'Bob%' returning id, shout;
insert into cards (id, name) values (1, 'again') /* 23505 */;
select * from cards order by id;
select what from noted.log order by n;
select * from people order by id;
-- as u1
insert into cards (id, name, mail) values (5, 'eve', 'e@x') returning id, name;
delete from cards where id = 5;
