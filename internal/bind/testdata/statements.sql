select 1, 1.5, 'a', null, true, 3000000000, -2147483648, 99999999999999999999
select * from rooms
select r.*, m.body from rooms r join messages m on m.room_id = r.id where r.name like 'a%'
select id, name, messages from room_stats where id = $1
select * from rooms where is_member(id, auth.uid())
select * from search_rooms(q => $1)
select * from search_rooms('x', 3) s where s.mood = 'ok'
select s from search_rooms('x', $1) s
select add_one(1), add_one(b => 2, a => 1), room_name($1), plus(2), (pair()).b, pair()
select add_one(1, 2, 3)
select add_one('x')
select add_one(c => 1)
select * from pair()
select * from stats('a')
select messages.shout, shout(messages) from messages
insert into rooms (name) values ($1) returning *
insert into rooms (name, mood) values ('a', 'sad'), ('b', default)
insert into rooms (name, mood) values ('a', 'bad')
insert into rooms (name, mood) values ('a', 'sad'::text)
insert into rooms (name, mood) select 'a', 'sad' returning id
insert into rooms (name) values ('a', 'b')
insert into rooms (name, id) values ('a')
insert into rooms (nam) values ('a')
insert into rooms (name, name) values ('a', 'b')
insert into rooms select $1, $2, $3
insert into rooms values (default, 'x')
insert into nothing values (1)
insert into messages (id, room_id) values (1, $1)
insert into messages (id, room_id) overriding system value values (1, $1)
insert into messages (total) values (1)
insert into messages (total) values (default)
insert into messages (likes) values ('x')
insert into messages (likes) values (1.5), ('2')
insert into messages (likes) values (now())
insert into messages (meta, doc, tags, sent, price) values ($1, $2, $3, $4, $5)
insert into messages (meta) values ('{bad')
insert into slugs (slug) values ('a') on conflict (slug) do update set slug = excluded.slug || slugs.slug returning id
insert into slugs (slug) values ('a') on conflict (email) do nothing
insert into slugs (email) values ('a') on conflict (lower(email)) where active do nothing
insert into slugs (email) values ('a') on conflict (lower(email)) do nothing
insert into slugs (slug) values ('a') on conflict do nothing
insert into slugs (slug) values ('a') on conflict do update set slug = 'x'
insert into slugs (slug) values ('a') on conflict on constraint slugs_slug_key do update set slug = 'x' where slugs.active
insert into slugs (slug) values ('a') on conflict on constraint nope do nothing
insert into slugs (slug) values ('a') on conflict (slug) do update set nope = 1
insert into slugs (slug) values ('a') on conflict (slug) do update set slug = excluded.nope
update messages m set likes = likes + 1, meta = meta || '{"a":1}' from rooms r where r.id = m.room_id returning m.id, r.name
update messages set likes = 'x'
update messages set likes = body
update messages set nope = 1
update messages set likes = 1, likes = 2
update messages set total = 1
update messages set id = 1
update messages set (likes, body) = (select 1, 'x')
update messages set (likes, body) = (1, $1)
update messages set likes = default where id = $1
update messages set mood = 1 from rooms
update rooms set mood = $1 where id = $2 returning mood
delete from members using rooms where rooms.id = members.room_id
delete from members where nope = 1
delete from nope
with recursive t(n) as (select 1 union all select n + 1 from t where n < 5) select sum(n) from t
with recursive t as (select 1 as n union all select n + 1.5 from t) select * from t
with x as (insert into rooms (name) values ('q') returning id) select * from x
with x as (insert into rooms (name) values ('q')) select * from x
with x as (select 1 as a), x as (select 2) select * from x
with x(a, b) as (select 1) select * from x
select mood, count(*) filter (where name <> ''), string_agg(name, ',' order by name desc) from rooms group by mood having count(*) > 1 order by 2 desc
select mood, name from rooms group by mood
select name, count(*) from rooms
select id, name, count(*) from rooms group by id
select r.id, r.name, count(m.id) from rooms r left join messages m on m.room_id = r.id group by r.id order by r.name
select count(*) from rooms where count(*) > 1
select sum(count(*)) from rooms
select sum(name) from rooms
select sum(likes), avg(likes), max(body), min(sent), bool_and(true), array_agg(id), json_agg(body), jsonb_object_agg(id, body) from messages
select count(distinct likes), sum(price), sum(id), avg(f8), max(price), sum(n2) from messages
select upper(name), count(*) from rooms group by upper(name)
select upper(name) as name, count(*) from rooms group by name
select substr(name, 1, 1) as letter, count(*) from rooms group by letter
select mood, count(*) from rooms group by 1 order by 2
select mood, count(*) from rooms group by 3
select (select max(likes) from messages m where m.room_id = r.id) from rooms r group by r.name
select row_number() over (partition by mood order by name), rank() over w, sum(1) over w, lag(name) over w from rooms window w as (order by name)
select row_number() from rooms
select upper(name) over () from rooms
select 1 from rooms where row_number() over () = 1
select * from json_to_recordset('[{"a":1}]') as t(a int, b text)
select * from json_to_recordset('[{"a":1}]')
select * from json_populate_recordset(null::rooms, $1)
select * from jsonb_populate_record(null::rooms, $1)
select * from generate_series(1, 3) as n
select * from generate_series(1, 3)
select n + 1 from generate_series(1, 3) n
select * from unnest(array['a','b']) with ordinality as u(v, i)
select * from jsonb_array_elements('[]') x
select x from jsonb_array_elements('[]') x
select x.value->>'a' from messages m, jsonb_array_elements(m.meta) x
select * from jsonb_each('{}')
select key, value from jsonb_each_text($1)
select 1 union select 2.5 order by 1
select 1 union select 'a'
select 'a' union select 'b'
select 1, 2 union select 1
select null union select 1
select name from rooms union all select body from messages order by name limit 1
select name from rooms union select body from messages order by upper(name)
values (1, 'a'), (2.5, null)
values (1), (1, 2)
select coalesce(json_agg(t), '[]') from (select id, name from rooms limit 1) t
select r.id, (select json_agg(m.*) from messages m where m.room_id = r.id) from rooms r
select r, row_to_json(r), to_jsonb(r.*) from rooms r
select case likes when 1 then 'a' else body end, likes between 1 and 2, body in ('a','b'), tags && array['x'], tags @> '{a}', likes = any($1), meta->'a'->>'b', f8 + likes, sent + 1, sent - interval '1 day', sent - sent, price * 2, price / likes, likes / 2, n2 + 1, id + likes from messages
select case when 1 then 2 end
select case when true then 1 else 'x' end
select case when true then 1 else 2.5 end, coalesce(1, 2.5), greatest(1, 2.5), nullif(1, 2), coalesce('a', 'b'), array[1, 2.5]
select coalesce(1, 'x')
select coalesce(now(), 1)
select distinct on (mood) * from rooms order by mood, name
select distinct on (mood) * from rooms order by name
select distinct name from rooms order by created_at
select distinct doc from messages
select doc from messages order by doc
select * from rooms where (id, name) in (select room_id, role from members)
select * from rooms where id in (select room_id, user_id from members)
select * from rooms where id in ('x')
select * from rooms where id in ('00000000-0000-0000-0000-000000000000', $1)
select (select id, name from rooms)
select * from rooms left join lateral (select count(*) c from messages where room_id = rooms.id) x on true
select * from rooms, (select count(*) c from messages where room_id = rooms.id) x
select room_id, user_id, body from members join messages using (room_id)
select * from members join rooms using (room_id)
select name from rooms a, rooms b
select * from rooms a, messages a
select rooms.name from rooms r
select x.name from rooms
select rooms.nam from rooms
select nam from rooms
select bogus from rooms
select public.rooms.id from public.rooms
select nope.rooms.id from rooms
select * from nope
select * from nope.nope
select nope(1)
select nope(id, 'x', name) from rooms
select lower(1)
select length(now())
select 1 = 'a'::text
select likes = body from messages
select likes + 'x' from messages
select likes = 'x' from messages
select likes = '5', price = '5', sent = '2020-01-01', f8 < '1e3', n2 > '7' from messages
select body || 1, 'a' || 'b', 1 || 'a', tags || 'a', tags || array['b'] from messages
select 'a' + 'b'
select 1 + '2', '3' * 2.5, 2 ^ 3, 7 % 2, 7 / 2.0, -'5'
select -body from messages
select not 1
select 1 and true
select 1 where 1
select * from rooms where name
select * from rooms join messages on 1
select 1 limit 'a'
select 1 limit $1 offset $2
select 1 limit true
select 'x'::uuid
select 'abc'::varchar(2), 'abc'::char(5), '1.005'::numeric(4,2), '2020-01-01'::date, '1 day'::interval, '{1,2}'::int[]
select '12x'::int
select 'maybe'::bool
select 1::bool, true::int, 1::text, '1'::int8, 1.5::int, now()::date, null::rooms
select 1::uuid
select now()::int
select '{"a":1}'::jsonb -> 'a', '[1]'::jsonb -> 0, '{}'::json ->> 'a', meta #>> '{a,b}', meta ? 'x', meta @> '{"a":1}' from messages
select meta['a'], tags[1], tags[1:2], (array[1,2,3])[2] from messages
select likes[1] from messages
select (meta).a from messages
select tags[body] from messages
select array[]
select array[]::int[], array[1, null], array['a', 'b']
select array[1, 'x']
select array(select id from rooms), exists (select 1 from rooms), (select count(*) from rooms)
select $1, $2::int, $3 + 1, $4 || 'a', $5 = 1, $6 like 'a'
select $1 + $2
select * from rooms where name = $1 and id = $2 and created_at > $3
select * from messages where likes = any($1) and body = any($2) and tags @> $3
select * from messages where id in ($1, $2)
select * from messages where likes > all ($1)
select 1 = any(2)
select now() - interval '1 day', now() + '1 hour', current_date - 7, now() - now(), current_timestamp, extract(year from now()), date_trunc('day', now()), age(now())
select 'a' like 'b', 'a' ilike 'b', 'a' not like 'b', 'a' ~ 'b', name !~* 'x' from rooms
select 1 like 'a'
select 1 is distinct from null, 1 is not distinct from 2, true is true, null is null, 1 is null
select 1 is true
select row(1, 'a'), (1, 2) = (1, 2), (1, 2) < (2, 3)
select (1, 2) = (1, 2, 3)
select count(*), count(name), max(created_at) from rooms
select concat('a', 1, null), concat_ws(',', 'a', 2), format('%s', 1), to_char(now(), 'YYYY'), greatest('a', 'b')
select jsonb_build_object('a', 1, 'b', $1::text), json_build_array(1, 'a', null), to_json(1), to_jsonb('a'::text), row_to_json(row(1, 2))
select gen_random_uuid(), random(), now(), clock_timestamp(), current_user, current_setting('a', true), md5('a'), encode('a', 'hex'), digest
select round(1.5), round(2.567, 2), ceil(1.2), floor(1), abs(-1), mod(5, 2), power(2, 3), sqrt(2), trunc(1.5), sign(-2), random()
select substring('abc' from 1 for 2), position('a' in 'abc') as p, trim('  a '), upper('a'), left('abc', 1), split_part('a,b', ',', 1), replace('a', 'b', 'c'), regexp_replace('a', 'b', 'c'), length('a'), char_length('abc'), lpad('a', 3), initcap('a'), reverse('a'), repeat('a', 2)
select name collate "C" from rooms order by name collate "C"
select name from rooms order by nope
select name as a, mood as a from rooms order by a
select name from rooms order by 2
select id from rooms for update
select unnest(tags), id from messages
select jsonb_array_elements_text('["a"]')
select room_id = any (select (jsonb_array_elements_text(auth.jwt()->'app_metadata'->'teams'))::uuid) from messages
select auth.uid(), auth.role(), auth.jwt() ->> 'email', (select auth.uid()) = id from rooms
select id from rooms where mood > 'sad' and mood in ('ok', 'happy')
select mood = 'nope' from rooms
select mood::text, 'ok'::mood from rooms
select * from rooms natural join members
select m.id as a, * from messages m limit 1
select name n, count(*) over (partition by mood) from rooms
select string_agg(distinct name, ',' order by id) from rooms
select count(*) filter (where likes > 1), sum(likes) filter (where 1) from messages
select lower(name) filter (where true) from rooms
select lower(distinct name) from rooms
select lower(*) from rooms
select exists (select * from rooms where id = m.room_id and nope = 1) from messages m
select max(m.likes) over (order by m.sent rows between unbounded preceding and current row) from messages m
select extract('epoch' from sent), sent::timestamptz, sent at time zone 'UTC' from messages
select version()
select * from rooms r, (select mood) x
select * from rooms r, (select r.mood) x
