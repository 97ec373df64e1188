-- What a body may not be: refused when the function is made, on both engines.
-- schema
create table t (id int primary key);
-- script
create function f1() returns int language plpgsql as $$ begin return 1 $$ /* 42601 */;
-- script
create function f2() returns int language plpgsql as $$ begin if true then return 1; end; end $$ /* 42601 */;
-- script
create function f3() returns int language plpgsql as $$ begin exit nowhere; return 1; end $$ /* 42601 */;
-- script
create function f4() returns int language plpgsql as $$ begin x := 1; return 1; end $$ /* 42601 */;
-- script
create function f5() returns int language plpgsql as $$ declare c constant int := 1; begin c := 2; return c; end $$ /* 22005 */;
-- script
create function f6() returns int language plpgsql as $$ declare x nope; begin return 1; end $$ /* 42704 */;
-- script
create function f7() returns int language plpgsql as $$ begin return next 1; end $$ /* 42804 */;
-- script
create function f8() returns setof int language plpgsql as $$ begin return 1; end $$ /* 42804 */;
-- script
create function f9() returns void language plpgsql as $$ begin return 1; end $$ /* 42804 */;
-- script
create function f10(out a int) language plpgsql as $$ begin return 1; end $$ /* 42804 */;
-- script
create function f11() returns int language plpgsql as $$ begin return; end $$ /* 42601 */;
-- script
create function f12() returns int language plpgsql as $$ declare x int; x text; begin return 1; end $$ /* 42601 */;
-- script
create function f13() returns int language plpgsql as $$ begin begin null; exception when nonsense then null; end; return 1; end $$ /* 42704 */;
-- script
create function f14() returns int language plpgsql as $$ begin continue; return 1; end $$ /* 42601 */;
-- script
create function f15() returns int language plpgsql as $$ begin exit; return 1; end $$ /* 42601 */;
-- script
create function f16() returns int language plpgsql as $$ begin raise exception '% %', 1; end $$ /* 42601 */;
-- script
create function f17() returns int language plpgsql as $$ begin raise exception '%', 1, 2; end $$ /* 42601 */;
-- script
create function f18() returns int language plpgsql as $$ declare n int not null; begin return 1; end $$ /* 22004 */;
-- script
create function f19() returns int language plpgsql as $$ declare x alias for y; begin return 1; end $$ /* 42704 */;
-- script
create function f20() returns trigger language plpgsql as $$ begin return next new; end $$ /* 42804 */;
-- script
create function f21(a int) returns trigger language plpgsql as $$ begin return new; end $$ /* 42P13 */;
-- script
create function f22() returns int language plpgsql as $$ begin loop exit when true; end loop outer_one; return 1; end $$ /* 42601 */;
-- script
create function f23() returns int language plpgsql as $$ <<a>> begin loop continue a; end loop; return 1; end $$ /* 42601 */;
-- script
create function f24() returns int language plpgsql as $$ begin foreach x in array array[1] loop null; end loop; return 1; end $$ /* 42601 */;
-- script
create function f25() returns int language plpgsql as $$ begin for r in select 1 loop null; end loop; return 1; end $$ /* 42601 */;
-- script
create function f26() returns int language plpgsql as $$ declare c cursor for select 1; begin fetch c; return 1; end $$ /* 42601 */;
-- script
create function f27() returns int language plpgsql as $$ begin get diagnostics x = row_count; return 1; end $$ /* 42601 */;
-- script
create function f28() returns int language plpgsql as $$ begin select id into nope from t; return 1; end $$ /* 42601 */;
-- script
create trigger x before insert on t for each row execute function nope() /* 42883 */;
-- script
create trigger x instead of insert on t for each row execute function suppress_redundant_updates_trigger() /* 42809 */;
-- script
create function g() returns int language plpgsql as $$ begin return 1; end $$; create trigger x before insert on t for each row execute function g() /* 42P17 */;
