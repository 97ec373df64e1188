begin;
create extension if not exists pgtap with schema extensions;
select plan(37);

-- the schema
select has_table('public', 'todos', 'has todos');
select has_table('todos');
select hasnt_table('nothing');
select has_column('todos', 'title');
select hasnt_column('public', 'todos', 'nothing', 'no such column');
select col_type_is('public', 'todos', 'price', 'numeric(10,2)', 'a price');
select col_not_null('todos', 'title');
select col_is_pk('todos', 'id');
select col_has_default('todos', 'owner');
select columns_are('public', 'todos', array['id', 'owner', 'title', 'price', 'mood']);
select policies_are('public', 'todos', array['Own.']);
select policy_cmd_is('public', 'todos', 'Own.', 'all');
select policy_roles_are('public', 'todos', 'Own.', array['authenticated']);
select has_function('public', 'double', array['integer']);
select has_index('public', 'todos', 'todos_owner_idx', 'indexed');
select has_enum('mood');

-- values
select ok(true, 'true');
select is(double(2), 4, 'twice two');
select is((select count(*) from todos), 2::bigint);
select is(null::text, null);
select isnt('a', 'b');
select matches('abc', '^a');
select cmp_ok(3, '<', 4);
select is((select price from todos where title = 'first'), 1.5);

-- a stranger
set local role anon;
select is_empty('select * from todos', 'a stranger sees nothing');
select throws_ok($$ insert into todos (title) values ('x') $$, '42501');

-- a person
set local role authenticated;
set local request.jwt.claims = '{"role": "authenticated", "sub": "00000000-0000-0000-0000-00000000000a"}';
select results_eq('select title from todos', $$ values ('first') $$, 'sees their own');
select results_eq('select title from todos', array['first']);
select lives_ok($$ insert into todos (title) values ('third') $$, 'adds one');
select bag_eq('select title from todos', array['third', 'first']);
select throws_ok($$ insert into todos (title) values ('') $$, '23514', 'new row for relation "todos" violates check constraint "todos_title_check"', 'no empty title');
select throws_like($$ insert into todos (owner, title) values ('00000000-0000-0000-0000-00000000000b', 'theirs') $$, '%row-level security%');
select set_has('select title from todos', array['first']);

-- someone else, by our own words for it
select as_user('00000000-0000-0000-0000-00000000000b');
select results_eq('select title from todos', array['second'], 'the other sees the other');
update todos set title = 'changed' where title = 'first';
reset role;
select is((select count(*) from todos where title = 'changed'), 0::bigint, 'nothing of the first was changed');
select set_config('role', 'service_role', true);
select isnt_empty('select * from todos');
select pass('the end');
select * from finish();
rollback;
