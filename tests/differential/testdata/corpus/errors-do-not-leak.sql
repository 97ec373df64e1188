-- An expression that can raise sees permitted rows only.
-- schema
create table secrets (id int primary key, owner uuid, code text unique, n int, j jsonb, a int[]);
alter table secrets enable row level security;
create policy p on secrets using (owner = auth.uid());
create function peek(s text) returns boolean language plpgsql as $$ begin raise exception 'seen %', s; end $$;
create function peek_cheap(s text) returns boolean language plpgsql cost 1 as $$ begin raise exception 'seen %', s; end $$;
create function spill(s text) returns int language plpgsql volatile security definer as $$ begin insert into spilled values (s); return 1; end $$;
create table spilled (s text);
insert into secrets values (1, '00000000-0000-4000-8000-000000000002', '12', 0, '{"a": "x"}', '{1}'), (2, '00000000-0000-4000-8000-000000000001', 'not a number', 1, '{"a": 1}', '{2}');
-- as u3
select id from secrets where code::int > 0;
select id from secrets where 1 / n > 0;
select id from secrets where peek(code);
select id from secrets where peek_cheap(code);
select id from secrets where spill(code) = 1;
select id from secrets where (j ->> 'a')::int = 1;
select id from secrets where a[1] / n = 1;
select id from secrets where code::date is not null;
select sum(1 / n) from secrets;
select max(code::int) from secrets;
select id from secrets order by code::int;
select code::int, count(*) from secrets group by code::int;
select id from secrets group by id having max(code)::int > 1;
select id from secrets where code::uuid = owner;
select id from secrets where exists (select 1 where peek(code));
select s.id from secrets s join secrets t on s.code::int = t.n;
select s.id from secrets s, lateral (select 1 where peek(s.code)) x;
select id from (select id, code::int as c from secrets) q where c > 0;
with q as (select code::int as c from secrets) select * from q;
select id from secrets where case when n = 0 then peek(code) else false end;
select id from secrets where coalesce(peek(code), true);
update secrets set n = 1 where peek(code);
update secrets set n = 1 / n where id > 0;
delete from secrets where code::int = 12;
delete from secrets where 1 / n = 1;
select s from spilled;
-- as u2
select id from secrets where code::int > 0;
select id from secrets where peek(code);
select id from secrets where 1 / n > 0;
update secrets set n = 1 / n;
-- as u1
select id from secrets where code::int > 0;
select id from secrets where 10 / n > 0;
