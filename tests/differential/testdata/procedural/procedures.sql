-- Procedures: call, inout, defaults, from functions and procedures; do blocks; what a failed call leaves.
-- schema
create table t (id int primary key, n int);
create procedure put(i int, k int default 5) language plpgsql as $$ begin insert into t values (i, k); end $$;
create procedure add(a int, inout b int, inout c text default 'c') language plpgsql as $$ begin b := a + b; c := c || b; end $$;
create procedure outer_one(i int) language plpgsql as $$ declare x int := 1; y text; begin call put(i); call put(k => 9, i => i + 1); call add(2, x, y); call put(i + 2, x); end $$;
create procedure fails(i int) language plpgsql as $$ begin insert into t values (i, 0); raise exception 'no'; end $$;
create procedure in_sql(i int) language sql as $$ insert into t values (i, 1); update t set n = n + 1 where id = i; $$;
create procedure nothing() language plpgsql as $$ begin return; end $$;
create procedure definer(i int) language plpgsql security definer as $$ begin insert into t values (i, 3); end $$;
revoke all on t from anon, authenticated;
create function write_calls() returns int language plpgsql as $$ declare b int := 5; c text := 'x'; begin call add(1, b, c); call put(b); begin call fails(99); exception when others then call put(98); end; return b; end $$;
-- as owner
call put(1);
call put(2, 7);
call put(k => 8, i => 3);
call put(1) /* 23505 */;
call add(1, 2);
call add(1, 2, 'z');
call outer_one(10);
call fails(20) /* P0001 */;
call in_sql(30);
call nothing();
call nope() /* 42883 */;
select put(1) /* 42809 */;
call write_calls() /* 42809 */;
select write_calls() as r;
do $$ declare x int := 40; begin insert into t values (x, x); call put(x + 1); end $$;
do $$ begin insert into t values (50, 0); raise exception 'undone'; end $$ /* P0001 */;
-- as u1
call put(60) /* 42501 */;
call definer(61);
-- as owner
select * from t order by id;
