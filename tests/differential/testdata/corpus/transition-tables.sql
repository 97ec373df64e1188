-- Statement triggers with transition tables, and what TG_ variables and pg_trigger_depth say.
-- schema
create table t (id int primary key, n int);
create table log (id serial, txt text);
create table child (id int primary key, t int references t on delete cascade);
create function st() returns trigger language plpgsql as $$ begin
 if tg_op = 'INSERT' then insert into log (txt) select 'i' || count(*) || ' ' || coalesce(sum(n), 0) from newt;
 elsif tg_op = 'UPDATE' then insert into log (txt) select 'u' || o.id || ' ' || o.n || '>' || w.n from oldt o join newt w using (id) order by o.id;
 else insert into log (txt) select 'd' || coalesce(string_agg(id::text, ',' order by id), '-') from oldt; end if;
 return null; end $$;
create trigger i after insert on t referencing new table as newt for each statement execute function st();
create trigger u after update on t referencing new table as newt old table as oldt for each statement execute function st();
create trigger d after delete on t referencing old table oldt for each statement execute function st();
create function per_row() returns trigger language plpgsql as $$ begin
 insert into log (txt) select 'row ' || new.id || ' of ' || count(*) from fresh; return null; end $$;
create trigger z after insert on t referencing new table as fresh for each row execute function per_row();
create function told() returns trigger language plpgsql as $$ begin
 insert into log (txt) values (concat_ws(' ', tg_name, tg_when, tg_level, tg_op, tg_table_name, tg_nargs, tg_argv[0], tg_argv[1], tg_relid::regclass, pg_trigger_depth()));
 return coalesce(new, old); end $$;
create trigger told before insert or delete on child for each row when (pg_trigger_depth() = 0) execute function told('a', 5);
create trigger cut before truncate on child for each statement execute function told();
-- as owner
insert into t values (1, 1), (2, 2);
insert into t select 1 where false;
update t set n = n * 10;
update t set n = 5 where id > 100;
insert into t values (2, 5), (3, 3) on conflict (id) do update set n = excluded.n;
insert into child values (1, 1), (2, 2);
delete from t where id = 1;
delete from child;
truncate child;
truncate t;
truncate t, child;
delete from t;
select txt from log order by id;
