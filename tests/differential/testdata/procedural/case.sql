-- If, elsif, else; case by values and by conditions; nulls in conditions; case not found.
-- schema
create function ifs(x int) returns text language plpgsql as $$
begin
  if x > 10 then return 'big'; elsif x > 5 then return 'mid'; elseif x is null then return 'none'; else if x < 0 then return 'neg'; end if; end if;
  return 'small';
end $$;
create function values_of(x int) returns text language plpgsql as $$
begin
  case x when 1 then return 'one'; when 2, 3 then return 'few'; when 1 / nullif(x, 0) then return 'never'; else return 'many'; end case;
end $$;
create function conditions(x int) returns text language plpgsql as $$
begin
  case when x = 1 then return 'one'; when x in (2, 3) then return 'few'; else null; end case;
  return 'none';
end $$;
create function no_else(x text) returns text language plpgsql as $$
declare s text := 'before ';
begin
  case x when 'a' then s := s || 'A'; end case;
  return s;
exception when case_not_found then return sqlstate || ' ' || sqlerrm;
end $$;
create function no_else_either(x int) returns text language plpgsql as $$ begin case when x > 1 then return 'yes'; end case; end $$;
create function expression(x int) returns text language plpgsql as $$
declare s text := case when x > 1 then 'over' else case x when 1 then 'at' else 'under' end end;
begin return s || case x % 2 when 0 then ' even' else ' odd' end; end $$;
create function reads_table(x int) returns bool language plpgsql as $$ begin if exists (select 1 from generate_series(1, 5) g where g = x) and not x in (select 2) then return true; end if; return false; end $$;
-- as owner
select x, ifs(x) as a, values_of(x) as b, conditions(x) as c, expression(coalesce(x, 0)) as d, reads_table(x) as e from unnest(array[-1, 0, 1, 2, 3, 7, 20, null]) x order by x;
select no_else('a') as a, no_else('b') as b, no_else(null) as c;
select no_else_either(2) as r;
select no_else_either(1) as r /* 20000 */;
