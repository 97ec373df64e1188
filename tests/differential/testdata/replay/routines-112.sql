-- found by routines 112
-- schema
create function write_f2(p1 numeric) returns bool language plpgsql security definer strict as $$
  declare
    v2 text;
  begin
    for i1 in reverse 2..4 loop
    end loop;
    begin
      begin
      exception
        when division_by_zero then v2 := 'zero ' || sqlerrm;
      end;
    exception
      when division_by_zero then v2 := 'zero ' || sqlerrm;
    end;
    if v4 in (true, false) then
      begin
      exception
        when division_by_zero then v2 := 'zero ' || sqlerrm;
      end;
      for i2 in 3..3 loop
      end loop;
    end if;
  end
$$;
-- as u2
select write_f2(null::numeric);
