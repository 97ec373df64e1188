-- A BEFORE trigger that changes the row it fires for.
-- schema
create table t (id int primary key, n int, s text);
insert into t values (1, 1, 'a');
create function f() returns trigger language plpgsql as $$ begin if pg_trigger_depth() = 1 then update t set s = 'trigger' where id = new.id; end if; return new; end $$;
create trigger b before update on t for each row execute function f();
-- as owner
update t set n = 2 where id = 1;
