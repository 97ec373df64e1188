insert into people (id, name, email) values
  ('00000000-0000-0000-0000-00000000000a', 'Ann', 'ann@example.com'),
  ('00000000-0000-0000-0000-00000000000b', 'Bob', 'bob@example.com');
insert into lists (id, name, owner, meta) values
  (1, 'home', '00000000-0000-0000-0000-00000000000a', '{"color": "red", "size": [1, 2]}'),
  (2, 'work', '00000000-0000-0000-0000-00000000000b', null),
  (3, 'empty', null, '{"color": "blue"}');
insert into todos (id, title, done, priority, tags, due, cost, list_id) values
  (1, 'milk', false, 'low', '{food,cold}', '2026-01-02 03:04:05+00', 1.50, 1),
  (2, 'bread', true, 'low', '{food}', null, 2, 1),
  (3, 'report', false, 'high', null, '2026-02-01 00:00:00+00', null, 2),
  (4, 'orphan', false, 'low', '{}', null, 0.10, null);
insert into shares values
  (1, '00000000-0000-0000-0000-00000000000b', 2), (2, '00000000-0000-0000-0000-00000000000a', 1);
alter sequence lists_id_seq restart with 100;
alter sequence todos_id_seq restart with 100;
insert into secrets values (1, '00000000-0000-0000-0000-00000000000a', 'of ann'), (2, '00000000-0000-0000-0000-00000000000b', 'of bob');
insert into notes values (1, 1), (2, 2), (3, null);
