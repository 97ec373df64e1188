-- A row that a view's check option refuses.
-- known: Postgres shows the row in the error's detail; here it has none
-- schema
create table t (id int primary key, price numeric);
create view cheap as select id, price from t where price < 2 with check option;
-- as owner
insert into cheap values (1, 5);
