-- ON CONFLICT: arbiters, checks of the proposed row, partial and expression indexes.
-- schema
create table u (id int primary key, email text unique, a int, b int, n int not null, gone boolean default false, constraint small check (n < 100), unique (a, b));
create unique index live on u (lower(email)) where not gone;
insert into u values (1, 'A', 1, 1, 1), (2, 'b', 2, 2, 2);
-- as owner
insert into u (id, email, n) values (1, 'x', 5) on conflict (id) do update set n = u.n + excluded.n returning *;
insert into u (id, email, n) values (7, 'A', 5) on conflict (email) do update set n = excluded.n where u.n > 100 returning *;
insert into u (id, email, n) values (7, 'a', 5) on conflict (lower(email)) where not gone do update set n = 50 returning id, n;
insert into u (id, email, n) values (1, 'q', null) on conflict (id) do nothing;
insert into u (id, email, n) values (1, 'q', null) on conflict (id) do update set n = 3;
insert into u (id, email, n) values (1, 'q', 500) on conflict (id) do nothing;
insert into u (id, email, n) values (1, 'b', 5) on conflict (id) do update set email = excluded.email;
insert into u (id, email, n) values (3, 'b', 5) on conflict (id) do nothing;
insert into u (id, email, n) values (3, 'b', 5) on conflict do nothing;
insert into u (id, a, b, n) values (3, 1, 1, 5) on conflict (a, b) do update set n = 9, b = default returning *;
insert into u (id, a, b, n) values (3, 1, null, 5) on conflict (b, a) do nothing returning id;
insert into u (id, n) values (8, 1), (8, 2) on conflict (id) do update set n = excluded.n;
insert into u (id, n) values (8, 1), (8, 2) on conflict (id) do nothing returning n;
insert into u (id, n) values (1, 1) on conflict (n) do nothing;
insert into u (id, n) values (1, 1) on conflict on constraint u_pkey do update set n = 77 returning n;
insert into u (id, n) values (1, 1) on conflict on constraint nope do nothing;
insert into u (id, n) values (1, 200) on conflict (id) do update set n = 4;
insert into u as x (id, n) values (1, 4) on conflict (id) do update set n = x.n * 2 returning x.id, n;
insert into u (id, n) select id, 1 from u on conflict (id) do update set (n, a) = (excluded.n, 100 + excluded.id) returning id, n, a;
insert into u (id, n) values (1, 4) on conflict (id) do update set id = 2;
