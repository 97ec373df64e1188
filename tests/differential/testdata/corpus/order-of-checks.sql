-- Which of two faults is named, where a literal is wrong and a privilege is missing.
-- schema
create table t (id int primary key, c timestamptz);
revoke insert on t from anon;
-- as anon
insert into t values (1, 'yesterdayish');
