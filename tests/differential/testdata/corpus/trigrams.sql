-- Similarity by trigrams, as pg_trgm computes it.
-- schema
create extension if not exists pg_trgm with schema extensions;
create table t (id int primary key, name text);
insert into t values (1, 'Hello World'), (2, 'hallo welt'), (3, 'A quick brown fox'), (4, ''), (5, null);
create function find(q text) returns table (id int, s real) language sql stable set search_path = public, extensions as $$
  select t.id, similarity(t.name, q) from t where t.name % q order by t.name <-> q, t.id $$;
create index t_name_idx on t using gin (name extensions.gin_trgm_ops);
-- as owner
select id, extensions.similarity(name, 'hello') as a, extensions.word_similarity('hello', name) as b, extensions.similarity(name, name) as c from t order by id;
select extensions.show_trgm('Ab c1') as a, extensions.similarity('word', 'two words') as b, extensions.word_similarity('word', 'two words') as c, extensions.word_similarity('cat', 'a dog and a cat sat') as d;
select * from find('hello');
select * from find('brown');
