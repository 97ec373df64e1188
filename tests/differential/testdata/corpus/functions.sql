-- Functions and operators of bytes, addresses, enums, degrees, queries and ranges of time.
-- schema
create type mood as enum ('low', 'ok', 'high');
create table addresses (id int primary key, a inet, c cidr);
insert into addresses values (1, '10.0.0.1', '10.0.0.0/8'), (2, '10.1.2.3/16', '10.1.0.0/16'), (3, '::1', '2001:db8::/32'), (4, '192.168.1.255/24', '0.0.0.0/0'), (5, null, null);
create table docs (id int primary key, v tsvector, b bytea);
insert into docs values (1, to_tsvector('english', 'The fat cats sat on the mat and ate a fat rat'), '\x0102ff'), (2, setweight(to_tsvector('english', 'rats'), 'A') || to_tsvector('english', 'cats and dogs'), '\x'), (3, '', '\x00');
-- as owner
select id, host(a), masklen(a), family(a), text(a), netmask(a), hostmask(a), broadcast(a), network(a), abbrev(a), abbrev(c), host(c), masklen(c), ~a from addresses order by id;
select x.id, y.id, x.a << y.c, x.a <<= y.c, x.c >> y.a, x.c >>= y.c, x.a && y.c from addresses x, addresses y order by 1, 2;
select x.id, y.id, inet_same_family(x.a, y.a), x.a < y.a from addresses x, addresses y order by 1, 2;
select inet_merge('10.0.0.1', '10.0.1.1'), inet '10.0.0.1' + 300, 5 + inet '10.0.0.1', inet '10.0.1.0' - 1, inet '10.0.1.0' - inet '10.0.0.0', set_masklen(inet '10.1.2.3', 8), set_masklen(cidr '10.1.2.0/24', 8), inet '10.0.0.5' & inet '255.255.0.0', inet '10.0.0.5' | inet '0.0.0.10';
select inet '0.0.0.0' - 1;
select inet '10.0.0.1' & inet '::1';
select set_masklen(inet '10.0.0.1', 33);
select enum_first(null::mood), enum_last('low'::mood), enum_range(null::mood), enum_range('ok', null::mood), enum_range(null, 'ok'::mood), enum_range('high'::mood, 'low'::mood);
select id, get_bit(b, 0), set_bit(b, 1, 1), set_byte(b, 0, 66), bit_count(b), bit_length(b), overlay(b placing '\xaabb' from 1) from docs where b <> '' order by id;
select get_bit('\x01', 8);
select set_bit('\x01', 0, 2);
select set_byte('', 0, 1);
select overlay('\x0102030405'::bytea placing '\xff' from 2 for 3), overlay('\x01'::bytea placing '\xff' from 9);
select d, round(sind(d)::numeric, 12), round(cosd(d)::numeric, 12), round(tand(d)::numeric, 9), round(asind(sind(d))::numeric, 12) from generate_series(-390, 390, 30) d where d % 90 <> 0 order by d;
select asind(0.5), acosd(0.5), acosd(-1), atand(1), atan2d(1, -1), cotd(45), round(sind(45)::numeric, 12), round(cosd(100)::numeric, 12);
select acosd(2);
select width_bucket(5, array[1, 5, 9]), width_bucket(0.5, array[1.0, 2.0]), width_bucket('b'::text, array['a', 'c']), width_bucket(10, array[1, 5, 9]);
select (date '2026-01-01', date '2026-02-01') overlaps (date '2026-01-15', date '2026-03-01'), (timestamp '2026-01-01', interval '1 day') overlaps (timestamp '2026-01-02', interval '1 day');
select (time '10:00', interval '1 hour') overlaps (time '10:30', time '12:00'), (timestamptz '2026-01-01 00:00+00', null) overlaps (timestamptz '2026-01-01 00:00+00', interval '1 day'), (timestamp '2026-01-01', null) overlaps (timestamp '2025-01-01', timestamp '2026-06-01'), not (date '2026-02-01', date '2026-01-01') overlaps (date '2026-01-01', date '2026-01-01');
select id, ts_rank(v, 'cat'), ts_rank(v, 'fat & rat', 1), ts_rank(v, 'fat | dog', 2 | 8), ts_rank(array[0.1, 0.2, 0.3, 1.0]::real[], v, 'rat'), ts_rank('{0.1,0.2,0.3,1.0}', v, 'rat & cat', 16 | 32) from docs order by id;
select id, length(v), v @@ ('cat'::tsquery && 'rat'), v @@ ('bat'::tsquery || 'rat'), v @@ !!('dog'::tsquery), v @@ ('fat'::tsquery <-> 'cat') from docs order by id;
select 'a & b'::tsquery && 'c | d', 'a'::tsquery || 'b & c', !!('a & b'::tsquery), tsquery_phrase('a', 'b'), tsquery_phrase('a', 'b', 3), numnode('a & (b | !c)'), ''::tsquery && 'a';
select 'The fat cats'::text @@ 'cat'::text, 'The fat cats'::text @@ to_tsquery('cat');
select to_tsvector('english'::regconfig, 'cats');
select ts_rank('{0.1}'::real[], 'a:1'::tsvector, 'a');
select json_populate_record(null::addresses, '{"id": 5}', true);
select (1, 2) *< (1, 3);
