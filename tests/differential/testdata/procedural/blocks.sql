-- Blocks in blocks, labels, variables that hide others, constants, defaults, not null, aliases.
-- schema
create function hides() returns text language plpgsql as $$
<<top>>
declare x int := 1; y int := x + 1; c constant text := 'c';
begin
  <<low>>
  declare x text := 'in'; z text not null default 'z';
  begin
    z := z || top.x || low.x || x || y || c;
    top.x := 5;
    declare x int := top.x * 2; begin y := x; end;
    return z || '/' || top.x || '/' || y;
  end low;
end top $$;
create function aliased(int, b int) returns int language plpgsql as $$
declare first alias for $1; second alias for b; third alias for second;
begin third := third + 1; return first * 100 + b + $2 + second; end $$;
create function qualified(a int) returns int language plpgsql as $$
declare a int := 7;
begin return a * 10 + qualified.a; end $$;
create function must() returns int language plpgsql as $$ declare n int not null := 1; begin n := null; return n; end $$;
create function must_at_first(a int) returns int language plpgsql as $$ declare n int not null := a; begin return n; end $$;
create function again() returns text language plpgsql as $$
declare s text := '';
begin
  for i in 1..3 loop
    declare fresh int; begin s := s || coalesce(fresh::text, 'none') || ' '; fresh := i; end;
  end loop;
  return s;
end $$;
create function leaves() returns text language plpgsql as $$
declare s text := 'a';
begin
  <<part>>
  begin
    s := s || 'b';
    if s = 'ab' then exit part; end if;
    s := s || 'c';
  end;
  return s || 'd';
end $$;
create function casts(t text) returns text language plpgsql as $$
declare i int; n numeric(5, 2); v varchar(3); b bool; d date; s smallint; f real;
begin
  i := '12'; n := 3.14159; b := 'yes'; d := '2026-02-03'; f := 1.5; i := 2.5; s := i;
  begin i := t; exception when invalid_text_representation then i := -1; end;
  begin v := 'long text'; exception when string_data_right_truncation then v := 'cut'; end;
  begin s := 99999; exception when numeric_value_out_of_range then s := 0; end;
  return concat_ws(' ', i, n, v, b, d, s, f);
end $$;
create function nothing_returned(a int) returns int language plpgsql as $$ begin if a > 1 then return a; end if; end $$;
create function nulls() returns int language plpgsql as $$ begin null; return null; end $$;
-- as owner
select hides() as r;
select aliased(1, 2) as r;
select qualified(3) as r;
select must() as r /* 22004 */;
select must_at_first(null) as r /* 22004 */;
select must_at_first(4) as r;
select again() as r;
select leaves() as r;
select casts('77') as r;
select casts('x') as r;
select nothing_returned(1) as r /* 2F005 */;
select nothing_returned(2) as r;
select nulls() as r;
