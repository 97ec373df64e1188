-- Names that are a variable and a column: refused as ambiguous, or settled by #variable_conflict, by a qualifier, by on conflict.
-- schema
create table t (id int primary key, n int, s text);
insert into t values (1, 10, 'a'), (2, 20, 'b');
create function ambiguous(id int) returns int language plpgsql as $$ declare k int; begin select n into k from t where t.id = id; return k; end $$;
create function by_column(id int) returns bigint language plpgsql as $$
#variable_conflict use_column
begin return (select count(*) from t where t.id = id); end $$;
create function by_variable(id int) returns bigint language plpgsql as $$
#variable_conflict use_variable
begin return (select count(*) from t where t.id = id); end $$;
create function by_name(id int) returns int language plpgsql as $$ begin return (select n from t where t.id = by_name.id); end $$;
create function by_label() returns text language plpgsql as $$
<<b>>
declare s text := 'b';
begin return (select t.id::text || b.s from t where t.s = b.s); end $$;
create function of_table() returns table (id int, n int) language plpgsql as $$ begin return query select t.id, t.n + 1 from t order by t.id; end $$;
create function of_table_ambiguous() returns table (id int) language plpgsql as $$ begin return query select id from t; end $$;
create function write_of_table(i int) returns table (id int) language plpgsql as $$
begin return query insert into t as x (id, n) values (i, 0) on conflict on constraint t_pkey do update set n = x.n + 1 returning x.id; end $$;
create function write_set(n int) returns int language plpgsql as $$ begin update t set n = write_set.n where t.id = 1; return (select t.n from t where t.id = 1); end $$;
create function order_alias() returns text language plpgsql as $$ declare x text; begin select string_agg(y, ',') into x from (select t.s as y from t order by y desc) q; return x; end $$;
-- as owner
select ambiguous(1) as r /* 42702 */;
select by_column(1) as a, by_variable(1) as b, by_name(2) as c, by_label() as d;
select * from of_table();
select * from of_table_ambiguous() /* 42702 */;
select * from write_of_table(1);
select * from write_of_table(3);
select write_set(77) as r;
select order_alias() as r;
select * from t order by id;
