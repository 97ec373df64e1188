create table marks (id bigint primary key, text text not null default 'a text that takes some room');
insert into storage.buckets (id, name, public) values ('notes', 'notes', false);
