-- found by routines 302
-- schema
create function write_f1(p1 numeric) returns int language plpgsql strict as $$
  declare
    v2 text default 'x';
  begin
    for i1 in reverse 1..4 loop
    end loop;
    if v6 is distinct from '{1,2}' then
      begin
      exception
        when division_by_zero then v2 := 'zero ' || sqlerrm;
      end;
      begin
      exception
        when division_by_zero then v2 := 'zero ' || sqlerrm;
      end;
    end if;
    if v5 is distinct from '"s"' then
      if v2 like 'a%' then
      end if;
    end if;
    begin
      while v1 < 1 loop
      end loop;
    exception
      when division_by_zero then v2 := 'zero ' || sqlerrm;
    end;
  end
$$;
-- as u2
select write_f1(null::numeric);
