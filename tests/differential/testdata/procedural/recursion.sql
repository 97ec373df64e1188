-- Functions that call themselves and each other; SQL and PL/pgSQL mixed; sets from sets; the limit of calls.
-- schema
create table tree (id int primary key, up int, n int);
insert into tree values (1, null, 1), (2, 1, 10), (3, 1, 20), (4, 2, 100);
create function fib(n int) returns int language plpgsql immutable as $$ begin if n < 2 then return n; end if; return fib(n - 1) + fib(n - 2); end $$;
create function even(n int) returns bool language plpgsql as $$ begin if n = 0 then return true; end if; return odd(n - 1); end $$;
create function odd(n int) returns bool language plpgsql as $$ begin if n = 0 then return false; end if; return even(n - 1); end $$;
create function below(i int) returns int language plpgsql stable as $$
declare s int; r record;
begin
  select n into s from tree where id = i;
  for r in select id from tree where up = i loop s := s + below(r.id); end loop;
  return s;
end $$;
create function walk(i int, deep int default 0) returns table (id int, level int) language plpgsql stable as $$
declare r record;
begin
  id := i; level := deep; return next;
  for r in select t.id from tree t where t.up = i order by t.id loop return query select * from walk(r.id, deep + 1); end loop;
end $$;
create function endless(n int) returns int language plpgsql as $$ begin return endless(n + 1); end $$;
create function endless_caught() returns text language plpgsql as $$ begin return endless(1)::text; exception when statement_too_complex then return sqlstate; end $$;
create function write_tree(n int) returns int language plpgsql as $$ begin insert into tree values (n + 100, n + 99, 1); if n > 0 then return write_tree(n - 1) + 1; end if; return 0; end $$;
-- as owner
select fib(12) as r;
select even(9) as a, odd(9) as b;
select below(1) as a, below(2) as b, below(99) as c;
select * from walk(1);
select id, level from walk(2, 5) order by id;
select endless(1) as r /* 54001 */;
select endless_caught() as r;
select write_tree(3) as r;
select id, up from tree where id >= 100 order by id;
