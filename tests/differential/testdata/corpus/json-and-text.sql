-- Equal bytes: text and JSON forms.
-- schema
create table v (id int primary key, f float8, r real, n numeric, ts timestamptz, t timestamp, d date, j jsonb, a text[], b bytea, iv interval, tm time);
insert into v values
 (1, 0.1, 0.1, 1.10, '2024-02-29 12:34:56.789+02', '2024-02-29 12:34:56.7', '2024-02-29', '{"b":1,"a":[1,2,{"z":null}],"aa":"\u00e9"}', '{a,"b c",NULL,"d\"e",""}', '\x00ff', '1 year 2 mons 3 days 04:05:06.7', '10:11:12.5'),
 (2, 1e21, 1e21, 1e3, 'infinity', '-infinity', 'infinity', '[]', '{}', '', '-1 day', '00:00'),
 (3, 'NaN', 'Infinity', 'NaN', '0001-01-01 00:00:00+00', '1969-12-31 23:59:59.999999', '0044-03-15 BC', '1.50', '{a,b}', null, '0', '23:59:59.999999'),
 (4, 123456789012345680, 16777216, 0.000000001, '1969-07-20 20:17:40Z', '2000-01-01', '1970-01-01', '"x\ny"', '{"null",NULL,"{x}",","}', '\x61', '100 hours', '12:00'),
 (5, 1e-7, 1e-7, -0.00, '2024-01-01 00:00:00-08', '9999-12-31', '9999-12-31', '{"a":1,"a":2}', null, null, null, null);
-- as u1
select * from v order by id;
select id, f::text as a, r::text as b, n::text as c, ts::text as d, j::text as e, a::text as g from v order by id;
select row_to_json(v) as j from v order by id;
select to_jsonb(v) as j from v order by id;
select json_agg(n order by id) as x, jsonb_agg(f order by id) as y, json_object_agg(id, d order by id) as z from v where id <> 3;
select array_agg(ts order by id) as x, array_agg(d order by id) as y, array_agg(n order by id) as z from v;
select sum(n) as s, avg(n) as a, min(f) as mn, max(f) as mx from v where id in (1, 2, 4);
select sum(f) as s, avg(f) as a, stddev(n) as sd, variance(n) as va from v where id in (1, 4, 5);
select n / 3 as a, n * n as b, round(n, 1) as c, n % 0.3 as d, n::int as e from v where id in (1, 2) order by id;
select f::numeric as a, f::int as b, round(f) as c, (f * 10)::bigint as d from v where id = 1;
select j -> 'a' as a, j -> 'a' -> 0 as b, j #> '{a,2,z}' as c, j #>> '{a,1}' as d, j ? 'aa' as e, j @> '{"b": 1.0}' as g from v where id = 1;
select jsonb_set(j, '{b}', '"new"') as a, j || '{"c": [1.0, 1e2]}' as b, j - 'a' as c, j #- '{a,0}' as d, jsonb_strip_nulls(j) as e from v where id = 1;
select k, v as val from v x, jsonb_each_text(x.j) as e(k, v) where id = 1 order by k;
select jsonb_array_elements(j -> 'a') as e from v where id = 1;
select jsonb_build_object('n', n, 'f', f, 'ts', ts, 'a', a, 'd', d) as j from v order by id;
select json_build_object('n', n, 'nested', json_build_array(1, 'x', null, true, d)) as j from v where id = 1;
select ts at time zone 'Europe/Berlin' as a, t at time zone 'UTC' as b, date_trunc('week', ts) as c, extract(epoch from ts) as d from v where id in (1, 4) order by id;
select ts - '2024-01-01'::timestamptz as a, age(ts, '2000-01-01'::timestamptz) as b, d - 30 as c, d + interval '1 month' as e from v where id = 1;
select to_char(ts, 'Dy, DD Mon YYYY HH12:MI:SS AM') as a, to_char(n, 'FM990.00') as b, to_char(d, 'IYYY-IW') as c from v where id = 1;
select iv * 2 as a, iv + interval '1 hour' as b, extract(day from iv) as c, justify_days(iv) as d from v where id = 1;
select upper('straße') as a, initcap('hello wORLD') as b, lpad('x', 3, 'ab') as c, reverse('añb') as d, translate('abc', 'ab', 'x') as e, repeat('ab', 2) as g;
select regexp_replace('a1b22', '[0-9]+', '#', 'g') as a, 'abc' ~ '^a.c$' as b, substring('foobar' from 'o(.)b') as c, regexp_split_to_array('a,b;c', '[,;]') as d;
select 'a' < 'B' as a, 'ä' > 'z' as b, 'abc' like 'a\_c' as c, 'a_c' like 'a\_c' as d, 'ABC' ilike 'a%' as e, 'x' like '%' as g;
select format('%s %I %L %%', 'a', 'B c', 'it''s') as a, concat_ws('-', 'a', null, 'b') as b, quote_ident('Ab') as c, quote_nullable(null) as d;
select 7 / 2 as a, -7 / 2 as b, 7 % -3 as c, 7.0 / 2 as d, 2 ^ 10 as e, sqrt(2) as g, 10::numeric / 3 as h, round(2.5) as i, round(-2.5::float8) as k;
select 1.0::float8 as a, 100000000000000000000.0::float8 as b, 0.1::float8 + 0.2::float8 as c, 1e15::float8 as d, 1e16::float8 as e, 3.0::real as g;
select greatest(1, null, 3) as a, least('b', 'a') as b, nullif(1, 1) as c, coalesce(null, 2) as d, num_nulls(1, null) as e;
select array_position(array['a', 'b'], 'b') as a, array_remove(array[1, 2, 1], 1) as b, array[1, 2] || 3 as c, array_cat(array[1], array[2]) as d, unnest(array[5, 6]) as e;
select string_to_array('a,b,,c', ',') as a, array_to_string(array['a', null, 'b'], '-', '*') as b, cardinality(array[1, 2]) as c, array_dims(array[1, 2]) as d;
select encode('\x6162'::bytea, 'base64') as a, decode('YWI=', 'base64') as b, md5('x') as c, length('\x00ff'::bytea) as d, encode(sha256('a'), 'hex') as e;
select true::text as a, 't'::boolean as b, 1::boolean as c, false::int as d, 'on'::bool as e, not null::bool as g;
