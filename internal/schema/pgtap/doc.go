// Package pgtap runs SQL tests that use pgTAP's function names, on either engine and
// without the extension: each assertion is carried out here, its arguments and queries
// by the database, as the role and with the claims that the test has set.
//
//	begin;
//	select plan(2);
//	set local role authenticated;
//	set local request.jwt.claims = '{"sub": "…"}';
//	select is_empty('select * from todos', 'a stranger sees nothing');
//	select throws_ok($$ insert into todos (title) values ('') $$, '23514');
//	select * from finish();
//	rollback;
//
// A file is one transaction, which is taken back at its end.
package pgtap
