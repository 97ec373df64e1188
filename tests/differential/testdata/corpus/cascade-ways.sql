-- The BEFORE triggers of rows on the way to one that a cascade reaches by two ways.
-- schema
create table log (n int generated always as identity, what text);
create table a (id int primary key);
create table b (id int primary key, a int references a on delete cascade);
create table c (id int primary key, b int references b on delete cascade, a int references a on delete set null);
create function note() returns trigger language plpgsql as $$ begin
  insert into log (what) values (tg_table_name || ' ' || tg_op);
  if tg_op = 'DELETE' then return old; end if;
  return new;
end $$;
create trigger t before update or delete on b for each row execute function note();
create trigger t before update or delete on c for each row execute function note();
insert into a values (1);
insert into b values (1, 1);
insert into c values (1, 1, 1);
-- as owner
delete from a;
select what from log order by n;
