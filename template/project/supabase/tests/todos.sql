-- Run with: plinth test
begin;
select plan(5);

select has_table('todos');
select as_anon();
select is_empty('select * from todos', 'strangers see nothing');

select as_owner();
insert into auth.users (id, email) values
  ('00000000-0000-0000-0000-00000000000a', 'ann@example.com'),
  ('00000000-0000-0000-0000-00000000000b', 'bob@example.com');

select as_user('00000000-0000-0000-0000-00000000000a');
select lives_ok($$ insert into todos (title) values ('mine') $$, 'people write their own');
select results_eq('select title from todos', array['mine'], 'and read it');

select as_user('00000000-0000-0000-0000-00000000000b');
select is_empty('select * from todos', 'others do not');

select * from finish();
rollback;
