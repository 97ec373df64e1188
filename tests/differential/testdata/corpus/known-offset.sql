-- Expressions of rows that OFFSET skips.
-- known: what a skipped row would compute is not computed, so its error is not raised
-- schema
create table t (id int primary key, n int);
insert into t values (1, 0), (2, 1);
-- as owner
select 1 / n from t order by id offset 1;
