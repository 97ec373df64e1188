-- found by routines 207
-- schema
create table t1 (
  id int primary key,
  b bigint generated always as (id * 2) stored
);
create view w_t1 as select * from t1 where id > 2;
create function f_w_t1() returns trigger language plpgsql as $$
  begin
    if tg_op = 'DELETE' then
    end if;
    if tg_op = 'INSERT' then
    end if;
  end
$$;
create trigger i_w_t1 instead of insert or update or delete on w_t1 for each row execute function f_w_t1();
-- as owner
update w_t1 set b = default returning w_t1.b as c1, coalesce(w_t1.id, 12) as c2;
