-- An SQL definer function calls one that runs as its caller: that is the owner now.
-- schema
create table secrets (id int primary key, v text);
insert into secrets values (1, 'x');
alter table secrets enable row level security;
revoke all on secrets from anon, authenticated;
create function inner_f() returns text language plpgsql as $$ declare r text; begin select v into r from secrets where id = 1; return r; end $$;
create function outer_f() returns text language sql security definer as $$ select inner_f() $$;
create function who_in() returns text language plpgsql as $$ begin return current_user; end $$;
create function who_out() returns text language sql security definer as $$ select who_in() $$;
create function rows_in() returns setof secrets language plpgsql as $$ begin return query select * from secrets; end $$;
create function rows_out() returns setof secrets language sql security definer as $$ select * from rows_in() $$;
create view v as select inner_f() as x;
grant select on v to anon, authenticated;
-- as u1
select outer_f();
select who_out();
select * from rows_out();
select who_in();
select inner_f();
select * from v;
