-- Cascades go level by level: a row that one reaches by two ways is changed by the nearer first.
-- schema
create table log (what text);
create table a (id int primary key);
create table b (id int primary key, a int references a on delete cascade);
create table c (id int primary key, b int references b on delete cascade, a int references a on delete set null);
create table d (id int primary key, b int references b on delete cascade, a int not null references a on delete set null);
create table e (id int primary key, b int references b on delete cascade, a int default 9 references a on delete set default);
create table f (id int primary key, a int references a on delete set null, b int references b on delete cascade);
create table s (t int references a on delete set null, id int, b int, primary key (id));
create table k (a int references a on delete cascade, id int, unique (a, id));
create table l (a int, k int, note text, foreign key (a, k) references k (a, id) on delete cascade, foreign key (a) references a on delete set null);
create function note() returns trigger language plpgsql as $$ begin
  insert into log (what) values (tg_table_name || ' ' || tg_when || ' ' || tg_op || ' ' || tg_level || ' ' || coalesce(old::text, '') || ' ' || coalesce(new::text, ''));
  if tg_op = 'DELETE' then return old; end if;
  return new;
end $$;
create trigger t before update or delete on c for each row execute function note();
create trigger u after update or delete on c for each row execute function note();
create trigger u after update or delete on e for each row execute function note();
create trigger u after update or delete on f for each row execute function note();
create trigger u after update or delete on l for each row execute function note();
insert into a select generate_series(1, 9);
insert into b values (1, 1), (2, 2), (3, 3), (4, 4), (5, 5);
insert into c values (1, 1, 1), (2, 2, 3), (3, 3, 3), (4, 2, 2);
insert into d values (1, 5, 5);
insert into e values (1, 1, 1), (2, 2, 4), (3, 2, 5);
insert into f values (1, 1, 1), (2, 4, 4);
insert into k values (6, 1), (7, 1);
insert into l values (6, 1, 'x'), (7, 1, 'y'), (7, null, 'z');
-- as owner
delete from a where id = 1;
select what from log order by what;
delete from a where id in (2, 3);
select what from log order by what;
delete from a where id = 5;
delete from a where id = 4;
delete from a where id = 6;
delete from a where id = 7;
select what from log order by what;
select * from c;
select * from e;
select * from l;
