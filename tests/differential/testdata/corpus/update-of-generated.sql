-- UPDATE OF a generated column counts where the statement sets a column that it depends on; in an upsert, and where a BEFORE trigger may change the row, always
-- schema
create table log (what text);
create function hear() returns trigger language plpgsql as $$
begin
  insert into log values (concat_ws(' ', tg_table_name, tg_name, tg_level, new.id));
  return new;
end $$;
create table t (id int primary key, a int, b int generated always as (a * 2) stored, c text, d text generated always as ('x' || c) stored, e int generated always as (7) stored);
create table u (id int primary key, a int, b int generated always as (a * 2) stored, c text);
create function same() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger of_b after update of b on t for each row execute function hear();
create trigger of_bs after update of b on t for each statement execute function hear();
create trigger of_d after update of d on t for each row execute function hear();
create trigger of_e after update of e on t for each row execute function hear();
create trigger of_b after update of b on u for each row execute function hear();
create trigger early before update on u for each row execute function same();
insert into t (id, a, c) values (1, 1, 'a'), (2, 2, 'b');
insert into u (id, a, c) values (1, 1, 'a'), (2, 2, 'b');
-- as owner
update t set a = 5 where id = 1;
select * from log;
delete from log;
update t set c = 'z' where id = 1;
select * from log;
delete from log;
insert into t (id, c) values (1, 'q') on conflict (id) do update set c = excluded.c;
select * from log;
delete from log;
insert into t (id, c) values (3, 'q') on conflict (id) do update set c = excluded.c;
select * from log;
delete from log;
insert into t (id, c) values (1, 'q') on conflict (id) do update set id = 1;
select * from log;
delete from log;
update u set c = 'z' where id = 1;
select * from log;
delete from log;
update u set id = 9 where id = 2;
select * from log;
