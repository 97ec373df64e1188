-- Where the rules of a domain are asked.
-- schema
create domain posint as int check (value > 0);
create domain small as posint check (value < 10) constraint even check (value % 2 = 0);
create domain code as text not null check (value ~ '^[A-Z]+$');
create domain tags as text[] check (cardinality(value) < 3);
create table t (id int primary key, n posint, s small, c code, x int);
create function takes(p posint) returns small language plpgsql as $$
declare v posint := 5;
begin
  v := p - 1;
  return p;
end $$;
create function gives(p int) returns posint language sql as $$ select p $$;
insert into t values (1, 1, 2, 'A', -7), (2, 3, null, 'B', 4);
-- as owner
select (-1)::posint;
select 3::posint + 1 as n;
select '-1'::posint;
select null::posint;
select null::code;
select 'a'::code;
select 12::small;
select 3::small;
select cast(x as posint) from t where id = 2;
select cast(x as posint) from t where id = 1;
select x::posint from t order by id;
select array['a', 'b', 'c']::tags;
select array['a', 'b']::tags;
select takes(4);
select takes(1);
select takes(3);
select takes(-1);
select gives(2);
select gives(-2);
insert into t values (3, -1, null, 'C', 0);
insert into t values (3, 1, 3, 'C', 0);
insert into t values (3, 1, 4, null, 0);
update t set n = x;
select coalesce(n, (-1)::posint) from t where id = 1;
-- script
alter domain posint add check (value < 100);
-- script
alter domain posint add constraint low check (value < 3) not valid;
-- as owner
insert into t values (4, 4, 4, 'D', 0);
insert into t values (4, 2, 2, 'D', 0);
