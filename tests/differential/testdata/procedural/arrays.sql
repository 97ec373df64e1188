-- Arrays and documents in variables: elements, slices, growth, arrays of rows, foreach, parts of jsonb.
-- schema
create table t (id int primary key, tags text[], j jsonb);
insert into t values (1, '{a,b}', '{"k": [1, 2]}');
create function elements() returns text language plpgsql as $$
declare a int[] := '{1,2,3}'; b text[]; n int := 2;
begin
  a[2] := 20; a[n + 2] := 40; b[1] := 'x'; b[2] := b[1] || 'y';
  a := a || 5; a := array_remove(a, 1);
  return a::text || b::text || a[1] || coalesce(a[99]::text, 'none') || array_length(a, 1) || cardinality(b) || a[2:3]::text;
end $$;
create function sums(a numeric[]) returns numeric language plpgsql as $$ declare x numeric; s numeric := 0; begin foreach x in array a loop s := s + coalesce(x, 0); end loop; return s; end $$;
create function collected() returns text[] language plpgsql as $$ declare a text[] := '{}'; r record; begin for r in select unnest(tags) as tag from t order by 1 desc loop a := array_append(a, r.tag); end loop; return a; end $$;
create function from_query() returns int language plpgsql as $$ declare a int[]; begin a := array(select g * g from generate_series(1, 4) g order by 1 desc); return a[1] + a[4]; end $$;
create function contains(a text[], x text) returns text language plpgsql as $$ begin return (x = any (a)) || ' ' || (a @> array[x]) || ' ' || coalesce(array_position(a, x)::text, '-'); end $$;
create function documents() returns jsonb language plpgsql as $$
declare j jsonb := '{}'; k text; v jsonb;
begin
  j['a'] := '1'; j['b']['c'] := to_jsonb('deep'::text); j := j || jsonb_build_object('d', array[1, 2]);
  for k, v in select key, value from jsonb_each(j) order by key loop j := jsonb_set(j, array['seen', k], v, true); end loop;
  return j - 'a';
end $$;
create function write_parts() returns text language plpgsql as $$
declare r t%rowtype;
begin
  select * into r from t where id = 1;
  r.tags[2] := 'z'; r.j['k'][0] := '"first"';
  update t set tags = r.tags, j = r.j where id = 1;
  return (select tags::text || j::text from t where id = 1);
end $$;
create function elements_of(j jsonb) returns setof text language plpgsql as $$ declare e jsonb; begin for e in select * from jsonb_array_elements(j) loop return next coalesce(e ->> 'name', e #>> '{}'); end loop; end $$;
-- as owner
select elements() as r;
select sums('{1.5,2,NULL}') as a, sums('{}') as b;
select collected() as r;
select from_query() as r;
select contains('{p,q}', 'q') as a, contains('{}', 'q') as b;
select documents() as r;
select elements_of('[{"name": "n"}, 5, "s", null]') as r;
select write_parts() as r;
