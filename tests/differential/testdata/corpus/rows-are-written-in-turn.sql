-- A BEFORE trigger of the second row sees the first.
-- schema
create table log (n int generated always as identity, what text);
create table items (id int primary key, a int);
create function note() returns trigger language plpgsql as $$ begin
  insert into log (what) values (tg_op || ' ' || new.id || ' of ' || (select count(*) from items));
  return new;
end $$;
create trigger m before insert or update on items for each row execute function note();
-- as owner
insert into items values (1, 1), (2, 2);
