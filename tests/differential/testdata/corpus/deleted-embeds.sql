-- What a DELETE of the data API embeds.
-- schema
create table t1 (id int primary key, a int);
create table t2 (id int primary key, r1 int references t1 on delete set null);
insert into t1 values (1, 2);
insert into t2 values (1, 1);
-- as service
DELETE /t1?select=a,t2(id)&id=eq.1 | return=representation | 
