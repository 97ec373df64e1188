-- Keys that wait for the statement's end, or the transaction's, and triggers that do.
-- schema
create table log (what text);
create table t (id int primary key, pos int unique deferrable, rank int, constraint t_rank unique (rank) deferrable initially deferred);
create table k (id int primary key deferrable, n int);
create table p (id int primary key);
create table c (id int primary key, p int references p deferrable initially deferred);
create table d (id int primary key, p int references p on delete set default deferrable);
create function note() returns trigger language plpgsql as $$ begin
  insert into log (what) values (tg_name || ' ' || tg_op || ' ' || (select count(*) from t));
  return null;
end $$;
create constraint trigger late after insert or update on t deferrable initially deferred for each row execute function note();
create constraint trigger soon after insert on t for each row execute function note();
create function swap() returns void language plpgsql as $$ begin
  update t set rank = 30 - rank where id = 1;
  update t set rank = 30 - rank where id = 2;
end $$;
create function orphan() returns void language plpgsql as $$ begin
  insert into c values (7, 7);
  begin
    insert into t values (99, 99, 99);
    raise exception 'no';
  exception when others then null;
  end;
  insert into p values (7);
end $$;
create function own() returns void language plpgsql as $$ begin
  insert into p values (50), (51);
  insert into d values (1, 50);
end $$;
-- as owner
insert into t values (1, 1, 10), (2, 2, 20);
select what from log;
update t set pos = pos + 1;
update t set pos = 3 - (pos - 1);
insert into t values (3, 2, 5);
insert into t values (3, 9, 10);
insert into t values (4, 9, null), (5, null, null), (6, null, null);
select swap();
select * from t order by id;
insert into t values (1, 77, 77) on conflict do nothing;
insert into t values (8, 2, 1) on conflict (pos) do nothing;
insert into k values (1, 1), (2, 2);
update k set id = id + 1;
select * from k order by id;
insert into k values (2, 9);
insert into k values (null, 9);
insert into c values (1, 1);
select orphan();
select * from c;
delete from p where id = 7;
delete from c;
delete from p;
select own();
delete from p where id = 50;
select * from d;
with gone as (delete from p returning id) insert into c select id, id from gone;
select what from log;
