-- A row that a BEFORE trigger of the statement changes meanwhile.
-- schema
create table t (id int primary key, n int, m int default 0);
create table side (id int primary key);
create function f() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    if old.n = 1 then update t set m = m + 1 where id = old.id; end if;
    if old.n = 2 then delete from t where id = old.id; end if;
    if old.n = 3 then update t set m = m + 1 where id = old.id + 1; end if;
    if old.n = 4 then delete from side where id = old.id; end if;
    if old.n = 5 then update t set m = m + 1 where id = old.id; return null; end if;
    return old;
  end if;
  if new.n = 1 then update t set m = m + 1, n = 0 where id = old.id; end if;
  if new.n = 2 then delete from t where id = old.id; end if;
  if new.n = 3 then update t set m = m + 1, n = 0 where id = old.id + 1; end if;
  if new.n = 6 then update t set m = m + 1, n = 0 where id = old.id - 1; end if;
  return new;
end $$;
create trigger a before update or delete on t for each row execute function f();
create function fs() returns trigger language plpgsql as $$
begin
  update t set m = 9, n = 0 where id = old.id;
  return null;
end $$;
create trigger a after delete on side for each row execute function fs();
insert into t values (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 0), (7, 0);
insert into side values (1), (2), (3), (4), (5);
-- as owner
delete from t where id = 1 returning *;
delete from t where id = 2 returning *;
delete from t where id = 3 returning *;
-- as owner
delete from t where id = 4 returning *;
delete from t where id = 5 returning *;
update t set n = 1 where id = 6 returning *;
update t set n = 2 where id = 6 returning *;
update t set n = 3 where id = 6 returning *;
update t set n = 3 where id in (6, 7) returning *;
update t set n = 6 where id in (6, 7) returning *;
select * from t order by id;
