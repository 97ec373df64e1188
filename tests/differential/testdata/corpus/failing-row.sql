-- What a failing row shows to somebody who may not select all of it.
-- schema
create table t (id int primary key, open int check (open > 0), closed text not null default 'secret', n int not null);
create table w (id int primary key, a int not null, b text default 'secret');
revoke all on t, w from authenticated;
grant select (id, open), insert (id, open, n), update (open) on t to authenticated;
grant insert, update on w to authenticated;
insert into t values (1, 1, 'hidden', 5);
insert into w values (1, 1, 'hidden');
-- as u1
update t set open = -1 where id = 1;
insert into t (id, open, n) values (2, -1, 7);
insert into t (id) values (3);
insert into w (id) values (2);
update w set a = null;
insert into w (id, a) values (1, 1);
-- as owner
update t set open = -1 where id = 1;
