-- Loop, while, for over numbers, foreach over arrays; exit and continue by label; found after a loop.
-- schema
create function plain() returns text language plpgsql as $$
declare i int := 0; s text := '';
begin
  loop i := i + 1; continue when i = 2; exit when i > 4; s := s || i; end loop;
  return s;
end $$;
create function whiles(n int) returns text language plpgsql as $$
declare s text := '';
begin
  while n > 0 loop n := n - 2; if n = 3 then continue; end if; s := s || n || ' '; end loop;
  while null loop s := 'never'; end loop;
  return s || n;
end $$;
create function numbers(a int, b int, step int) returns text language plpgsql as $$
declare s text := ''; i int := 77; f bool;
begin
  for i in a..b by step loop s := s || i || ' '; end loop;
  f := found;
  for i in reverse b..a by step loop s := s || i || ' '; i := i + 100; end loop;
  return s || '| ' || i || ' ' || f || ' ' || found;
end $$;
create function labels() returns text language plpgsql as $$
declare s text := '';
begin
  <<rows>>
  for i in 1..4 loop
    <<cols>>
    for j in 1..4 loop
      continue rows when j > i;
      continue cols when j = 2;
      exit rows when i = 4;
      s := s || rows.i || cols.j || ' ';
    end loop cols;
    s := s || 'end ';
  end loop rows;
  return s;
end $$;
create function each(a text[]) returns text language plpgsql as $$
declare x text; s text := '';
begin
  foreach x in array a loop
    continue when x is null;
    exit when x = 'stop';
    s := s || x;
  end loop;
  return s || ' ' || coalesce(x, 'none') || ' ' || found;
end $$;
create function each_number() returns bigint language plpgsql as $$
declare x bigint; n bigint := 0;
begin foreach x in array array[1, 2, 3]::int[] loop n := n + x; end loop; return n; end $$;
create function bound_once() returns text language plpgsql as $$
declare n int := 3; s text := '';
begin for i in 1..n loop n := n + 5; s := s || i; end loop; return s || '/' || n; end $$;
create function in_handler() returns text language plpgsql as $$
declare s text := '';
begin
  for i in 0..4 loop
    begin
      if i = 2 then continue; end if;
      s := s || 12 / i || ' ';
      exit when i = 3;
    exception when division_by_zero then s := s || 'zero '; continue;
    end;
    s := s || '; ';
  end loop;
  return s;
end $$;
create function from_inside() returns int language plpgsql as $$
begin for i in 1..5 loop begin if i = 3 then return i; end if; exception when others then return -1; end; end loop; return 0; end $$;
-- as owner
select plain() as r;
select whiles(7) as a, whiles(0) as b, whiles(null) as c;
select numbers(1, 5, 2) as a, numbers(3, 1, 1) as b, numbers(2, 2, 9) as c;
select numbers(1, 5, 0) as r /* 22023 */;
select numbers(1, 5, -1) as r /* 22023 */;
select numbers(null, 5, 1) as r /* 22004 */;
select numbers(1, null, 1) as r /* 22004 */;
select labels() as r;
select each('{a,b,NULL,c}') as a, each('{a,stop,b}') as b, each('{}') as c;
select each(null) as r /* 22004 */;
select each_number() as r;
select bound_once() as r;
select in_handler() as r;
select from_inside() as r;
