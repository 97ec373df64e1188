-- What is counted exactly is counted by one at a time: whoever counts holds the row.
create table plinth.counters (name text primary key);
insert into plinth.counters (name) values ('letters');
alter table plinth.counters enable row level security;
