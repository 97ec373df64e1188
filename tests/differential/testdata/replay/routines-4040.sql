-- found by routines 4040
-- schema
create table t1 (
  id int primary key
);
create table t2 (
  id int primary key
);
create function write_f2(p1 text, p2 int) returns int language plpgsql as $$
  declare
    v1 int := -4;
    v2 text := 'x y';
    rec record;
  begin
    declare cur1 scroll cursor (lo int) for select x.id::text as k from t1 x where length(x.id::text) >= lo order by x.id; seen int := 0;
    begin
      for one in cur1(1) loop v2 := one.k; seen := seen + 1; exit when seen > 0; end loop;
    end;
    for rec in select x.* from t2 x order by x.id loop
      begin
      end;
    end loop;
    begin
      get diagnostics v1 = row_count;
    exception
      when division_by_zero then v2 := 'zero ' || sqlerrm;
    end;
    return coalesce(v1, 0);
  end
$$;
-- as u2
select write_f2(null::text, 7::int);
