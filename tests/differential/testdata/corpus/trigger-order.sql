-- The order in which triggers fire: row by row, by name; statements' last.
-- schema
create table log (n int generated always as identity, what text);
create table items (id int primary key, a int);
create function note() returns trigger language plpgsql as $$ begin
  insert into log (what) values (tg_name || ' ' || tg_op || ' ' || coalesce(new.id::text, '-') || ' ' || (select count(*) from items));
  if tg_when = 'BEFORE' then return new; end if;
  return null;
end $$;
create function said() returns trigger language plpgsql as $$ begin
  insert into log (what) values (tg_name || ' ' || tg_level || ' ' || tg_op);
  return null;
end $$;
create trigger z after insert or update on items for each row execute function note();
create trigger a after insert or update on items for each row execute function note();
create trigger m before insert or update on items for each row execute function note();
create trigger b before insert or update or delete on items for each statement execute function said();
create trigger y after insert or update or delete on items for each statement execute function said();
grant all on log to public;
-- as u1
insert into items values (1, 1), (2, 2);
update items set a = a + 1;
update items set a = 0 where id = 77;
delete from items where id = 77;
insert into items values (1, 5), (3, 3) on conflict (id) do update set a = excluded.a;
select what from log order by n;
