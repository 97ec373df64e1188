-- A BEFORE trigger that keeps a row from what its key does, found by seed 30964.
-- known: Postgres leaves the row without its parent; here no key is ever violated, so the statement is refused
-- schema
create table a (id int primary key);
create table b (id int primary key, a int references a on delete set null);
create function f() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger t before update on b for each row execute function f();
insert into a values (1);
insert into b values (1, 1);
-- as owner
delete from a;
