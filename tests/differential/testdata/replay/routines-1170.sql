-- found by routines 1170
-- schema
create table t1 (
  id uuid primary key,
  owner uuid,
  a numeric,
  b int default 0
);
create function write_f1(p1 int) returns bool language plpgsql security definer as $$
  declare
    v1 int := 1;
    v2 text := 'ä€';
    rec record;
  begin
    for rec in select x.* from t1 x order by x.id loop
    end loop;
    for rec in select x.* from t1 x order by x.id loop
    end loop;
    get diagnostics v1 = row_count;
    case v1 when 0 then
    else
      insert into t1 (id, a, b) values ('00000000-0000-4000-8000-000000000003', 0.001, 3) returning id::text into v2;
    end case;
    return found;
  end
$$;
-- as owner
insert into t1 (id, owner, a, b) values ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000002', -2.25, 12);
select write_f1(1::int);
