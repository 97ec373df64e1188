create role r1; create role r2; create role r3; grant r1 to r2; grant r2 to r3; create role own;
create schema s authorization own;
set role own;
create table s.t(a int, b int, c int); create table s.u(a int); create table s.w(a int, b int);
create function s.f() returns int language sql as 'select 1';
create function s.g(a int) returns int language sql as 'select 1';
grant select, insert (a, b), update (c) on s.t to r1;
grant select (b) on s.t to public;
grant all on s.u to r2 with grant option;
revoke delete, truncate on s.u from r2;
grant select on s.w to r1; grant select (b) on s.w to r1; revoke select on s.w from r1;
grant update (a, b) on s.w to r3; revoke update (a) on s.w from r3;
revoke execute on function s.f() from public; grant execute on function s.f() to r2;
alter default privileges in schema s grant select on tables to r1;
alter default privileges revoke execute on functions from public;
create table s.later(a int);
create function s.h() returns int language sql as 'select 1';
grant usage on schema s to r1;
grant insert on all tables in schema s to r3;
reset role;
=== privileges
table own later delete
table own later insert
table own later select
table own later truncate
table own later update
table own t delete
table own t insert
table own t select
table own t truncate
table own t update
table own u delete
table own u insert
table own u select
table own u truncate
table own u update
table own w delete
table own w insert
table own w select
table own w truncate
table own w update
table postgres later delete
table postgres later insert
table postgres later select
table postgres later truncate
table postgres later update
table postgres t delete
table postgres t insert
table postgres t select
table postgres t truncate
table postgres t update
table postgres u delete
table postgres u insert
table postgres u select
table postgres u truncate
table postgres u update
table postgres w delete
table postgres w insert
table postgres w select
table postgres w truncate
table postgres w update
table r1 later select
table r1 t select
table r2 later select
table r2 t select
table r2 u insert
table r2 u select
table r2 u update
table r3 later insert
table r3 later select
table r3 t insert
table r3 t select
table r3 u insert
table r3 u select
table r3 u update
table r3 w insert
column r1 later.a select
column r1 t.a insert
column r1 t.a select
column r1 t.b insert
column r1 t.b select
column r1 t.c select
column r1 t.c update
column r2 later.a select
column r2 t.a insert
column r2 t.a select
column r2 t.b insert
column r2 t.b select
column r2 t.c select
column r2 t.c update
column r2 u.a insert
column r2 u.a select
column r2 u.a update
column r3 later.a insert
column r3 later.a select
column r3 t.a insert
column r3 t.a select
column r3 t.b insert
column r3 t.b select
column r3 t.c insert
column r3 t.c select
column r3 t.c update
column r3 u.a insert
column r3 u.a select
column r3 u.a update
column r3 w.a insert
column r3 w.b insert
column r3 w.b update
execute own f()
execute own g(int)
execute own h()
execute r1 g(int)
execute r2 f()
execute r2 g(int)
execute r3 f()
execute r3 g(int)
usage own
usage r1
usage r2
usage r3
