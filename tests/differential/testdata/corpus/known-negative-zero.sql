-- Negative zero of a float column.
-- known: SQLite stores a REAL that is whole as an integer, so -0 is read back as 0
-- schema
create table t (id int primary key, f float8);
insert into t values (1, '-0');
-- as owner
select * from t;
