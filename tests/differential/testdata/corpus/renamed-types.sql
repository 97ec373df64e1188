-- A type that is renamed keeps its columns' rows, and what was written for it.
-- schema
create type mood as enum ('sad', 'ok', 'happy');
create domain score as integer check (value >= 0);
create type pair as (a integer, b text);
create table people (id int primary key, mood mood not null default 'ok', all_moods mood[] default '{sad}', score score default 3, pair pair);
insert into people (id, pair) values (1, row(1, 'x'));
alter type mood rename to feeling;
alter domain score rename to points;
alter type pair rename to couple;
-- as owner
insert into people (id) values (2);
insert into people (id, mood) values (3, 'angry');
insert into people (id, score) values (4, -1);
select id, mood, all_moods, score, (pair).b from people order by id;
select 'sad'::feeling < 'happy'::feeling as lower;
