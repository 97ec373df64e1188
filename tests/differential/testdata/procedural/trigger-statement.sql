-- Triggers for each statement, with transition tables; truncate; raise in them; in a row trigger, too.
-- schema
drop schema if exists noted cascade; create schema noted; grant usage on schema noted to public;
create table noted.log (n int generated always as identity, what text); -- numbers of a sequence are not compared
grant all on noted.log to public;
create table t (id int primary key, n int);
create table total (n int);
insert into total values (0);
create function counts() returns trigger language plpgsql as $$
begin
  insert into noted.log (what) values (concat_ws(' ', tg_name, tg_when, tg_op, tg_level, (select count(*) from t)));
  return null;
end $$;
create trigger a_before before insert or update or delete or truncate on t for each statement execute function counts();
create trigger a_after after insert or update or delete or truncate on t for each statement execute function counts();
create function keeps_total() returns trigger language plpgsql as $$
begin
  case tg_op
    when 'INSERT' then update total set n = total.n + (select coalesce(sum(i.n), 0) from added i);
    when 'UPDATE' then update total set n = total.n + (select coalesce(sum(a.n - g.n), 0) from added a join gone g using (id));
    when 'DELETE' then update total set n = total.n - (select coalesce(sum(g.n), 0) from gone g);
  end case;
  return null;
end $$;
create trigger total_i after insert on t referencing new table as added for each statement execute function keeps_total();
create trigger total_u after update on t referencing old table as gone new table as added for each statement execute function keeps_total();
create trigger total_d after delete on t referencing old table as gone for each statement execute function keeps_total();
create function guards() returns trigger language plpgsql as $$
declare r record; k int;
begin
  for r in select * from added where n > 100 order by id loop
    raise exception 'row % is too big: %', r.id, r.n using errcode = 'P0007', hint = 'smaller';
  end loop;
  execute 'select count(*) from added' into k;
  if k > 3 then raise exception 'too many: %', k; end if;
  return null;
end $$;
create trigger z_guards after insert on t referencing new table as added for each statement execute function guards();
create function before_raises() returns trigger language plpgsql as $$ begin if (select n from total) > 50 then raise exception 'full'; end if; return null; end $$;
create trigger b_full before insert on t for each statement execute function before_raises();
create function rank_in() returns trigger language plpgsql as $$ begin insert into noted.log (what) select new.id || ' among ' || count(*) from batch; return null; end $$;
create trigger rank_in after update on t referencing new table as batch for each row when (new.n = 7) execute function rank_in();
create function nested_write() returns trigger language plpgsql as $$ begin insert into t select id + 100, 0 from gone where id < 100; return null; end $$;
create table other (id int primary key);
create trigger nested after delete on other referencing old table as gone for each statement execute function nested_write();
-- as owner
insert into t values (1, 5), (2, 6);
insert into t select 1, 1 where false;
insert into t values (3, 200) /* P0007 */;
insert into t values (3, 1), (4, 1), (5, 1), (6, 1) /* P0001 */;
update t set n = n + 1;
update t set n = 0 where id > 50;
update t set n = 7 where id = 1;
delete from t where id = 2;
insert into t values (8, 60);
insert into t values (9, 1) /* P0001 */;
insert into other values (1), (2);
delete from t where id = 8;
delete from other;
insert into t values (1, 1) on conflict (id) do update set n = 3;
with x as (insert into t values (30, 3) returning id) update t set n = n + 1 where id = 1;
truncate t;
select what from noted.log order by n;
select * from total;
select * from t order by id;
