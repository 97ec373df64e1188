-- Functions that are stable, in values and defaults, see the table as the statement found it.
-- schema
create table t (id int primary key, n int, m int);
create function had() returns int language plpgsql stable as $$ begin return (select count(*) from t); end $$;
create function has() returns int language plpgsql as $$ begin return (select count(*) from t); end $$;
create function f() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger a before insert or update on t for each row execute function f();
create table u (id int primary key, n int, m int);
create function hadu() returns int language plpgsql stable as $$ begin return (select count(*) from u); end $$;
create trigger a before insert on u for each row execute function f();
alter table u alter column m set default hadu();
-- as owner
insert into t values (1, had(), 0), (2, had(), 0), (3, had(), 0) returning *;
insert into t values (4, has(), 0), (5, has(), 0), (6, has(), 0) returning *;
insert into t values (7, had(), 0), (8, had(), 0) on conflict (id) do nothing returning *;
insert into t values (9, 0, 0), (10, 0, 0) returning *, had();
insert into u (id) values (1), (2), (3) returning *;
update t set n = had() where id < 4 returning *;
