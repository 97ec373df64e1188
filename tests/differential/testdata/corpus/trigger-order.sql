-- The order in which triggers fire: row by row, by name; statements' first and last.
-- schema
create table log (n int generated always as identity, what text);
create table items (id int primary key, a int, b int);
create table parts (id int primary key, item int references items on delete cascade on update cascade);
create function note() returns trigger language plpgsql as $$ begin
  insert into log (what) values (tg_name || ' ' || tg_op || ' ' || coalesce(new.id, old.id)::text);
  if tg_when = 'BEFORE' and tg_op <> 'DELETE' then return new; end if;
  if tg_when = 'BEFORE' then return old; end if;
  return null;
end $$;
create function said() returns trigger language plpgsql as $$ begin
  insert into log (what) values (tg_name || ' ' || tg_level || ' ' || tg_op || ' ' || (select count(*) from items));
  return null;
end $$;
create trigger z after insert or update on items for each row execute function note();
create trigger a after insert or update on items for each row execute function note();
create trigger m before insert or update on items for each row execute function note();
create trigger o before update of a on items for each row execute function note();
create trigger p after update of b on items for each statement execute function said();
create trigger b before insert or update or delete on items for each statement execute function said();
create trigger y after insert or update or delete on items for each statement execute function said();
create trigger q before insert or update or delete on parts for each row execute function note();
create trigger r after insert or update or delete on parts for each row execute function note();
grant all on log to public;
-- as u1
insert into items values (1, 1), (2, 2);
update items set a = a + 1;
update items set a = a;
update items set b = b where id = 77;
delete from items where id = 77;
insert into items values (1, 5) on conflict (id) do update set a = excluded.a;
insert into items values (3, 3) on conflict (id) do update set a = excluded.a;
insert into items values (1, 5), (4, 3) on conflict (id) do nothing;
insert into parts values (1, 1), (2, 2), (3, 1);
update items set id = id + 100 where id = 1;
delete from items where id in (101, 2);
