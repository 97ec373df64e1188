-- the arguments of a cursor are a statement of one row: they set ROW_COUNT and FOUND
-- schema
create table t (id int primary key);
insert into t values (1), (2), (3);
create function write_said(n int) returns text language plpgsql as $$
declare
  plain cursor for select id from t order by id;
  given cursor (lo int) for select id from t where id >= lo order by id;
  c bigint;
  q record;
  said text := '';
begin
  perform id from t where id = 1;
  get diagnostics c = row_count;
  said := said || ' perform ' || c || found;
  open plain;
  get diagnostics c = row_count;
  said := said || ' open ' || c || found;
  close plain;
  perform id from t where id > 9;
  open given(n);
  get diagnostics c = row_count;
  said := said || ' given ' || c || found;
  close given;
  perform id from t;
  for r in plain loop null; end loop;
  get diagnostics c = row_count;
  said := said || ' loop ' || c || found;
  for r in given(n) loop
    get diagnostics c = row_count;
    said := said || ' in ' || c || found;
  end loop;
  get diagnostics c = row_count;
  said := said || ' after ' || c || found;
  perform id from t;
  for q in select id from t where id > n loop null; end loop;
  get diagnostics c = row_count;
  return said || ' query ' || c || found;
end $$;
-- as owner
select write_said(1);
select write_said(2);
select write_said(9);
