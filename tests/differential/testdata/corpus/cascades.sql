-- Foreign keys act past policies, with triggers, checks and generated columns.
-- schema
create table p (id int primary key, owner uuid, k text unique);
create table c1 (id int primary key, p int references p on delete cascade on update cascade, twice int generated always as (p * 2) stored);
create table c2 (id int primary key, p int references p on delete set null on update set null, has boolean generated always as (p is not null) stored, check (id < 100 or p is not null));
create table c3 (id int primary key, p int not null default 99 references p on delete set default on update cascade);
create table c4 (id int primary key, k text references p (k) on delete restrict on update cascade);
create table c5 (id int primary key, p int not null references p on delete set null);
create table g (id int primary key, c int references c1 on delete cascade on update cascade, note text);
create table tree (id int primary key, up int references tree on delete cascade);
create table log (n int generated always as identity, what text);
create function note() returns trigger language plpgsql security definer as $$
begin
  insert into log (what) values (tg_table_name || ' ' || tg_when || ' ' || tg_op || ' ' || coalesce(old.id::text, '-') || ' ' || coalesce(new.id::text, '-'));
  if tg_op = 'DELETE' then return old; end if;
  return new;
end $$;
create trigger t before insert or update or delete on c1 for each row execute function note();
create trigger u after insert or update or delete on c1 for each row execute function note();
create trigger u after insert or update or delete on g for each row execute function note();
create trigger u after delete on tree for each row execute function note();
alter table p enable row level security;
alter table c1 enable row level security;
alter table g enable row level security;
create policy own on p using (owner = auth.uid());
insert into p values (1, '00000000-0000-4000-8000-000000000001', 'one'), (2, '00000000-0000-4000-8000-000000000001', 'two'), (3, '00000000-0000-4000-8000-000000000001', 'three'), (4, '00000000-0000-4000-8000-000000000001', 'four'), (5, '00000000-0000-4000-8000-000000000001', 'five'), (6, '00000000-0000-4000-8000-000000000001', 'six'), (99, '00000000-0000-4000-8000-000000000002', 'nn');
insert into c1 values (1, 1), (2, 1), (3, 2);
insert into c2 values (1, 1), (2, 2), (101, 3);
insert into c3 values (1, 1), (2, 4);
insert into c4 values (1, 'five');
insert into c5 values (1, 6);
insert into g values (1, 1, 'x'), (2, 3, 'y');
insert into tree values (1, null), (2, 1), (3, 2), (4, null), (5, 4);
-- as u1
delete from p where id = 1 returning id;
update p set id = 20 where id = 2 returning id;
delete from p where id = 3;
update p set id = 30 where id = 3;
delete from p where id = 5;
update p set k = 'FIVE' where id = 5;
delete from p where id = 6;
delete from p where id = 4;
delete from tree where id in (1, 2);
delete from tree;
select what from log order by n;
-- as owner
select what from log order by n;
delete from p where id = 99;
update c1 set p = 77;
insert into c1 values (50, 78);
