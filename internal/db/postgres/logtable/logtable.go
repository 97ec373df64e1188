// Package logtable is the SQL that makes the change log of a database: its tables, and
// the functions of the triggers that write it where logical replication is not to be had.
package logtable

// The scripts, Tables first.
const (
	Tables = `create schema if not exists plinth;
create table plinth.changes (
  id bigint generated always as identity primary key,
  tx xid8 not null default pg_current_xact_id(),
  rel oid not null,
  op smallint not null,
  shape text not null,
  old bytea,
  new bytea,
  at timestamptz not null default clock_timestamp(),
  seq bigint
);
create unique index changes_seq_key on plinth.changes (seq) where seq is not null;
create index changes_todo_idx on plinth.changes (id) where seq is null;
create table plinth.feed (one boolean primary key default true check (one), epoch integer not null default 1, last bigint not null default 0);
insert into plinth.feed default values;
create table plinth.logged (rel oid primary key, shape text not null);`

	Functions = `create function plinth.log_change() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $f$
begin
  if tg_op = 'INSERT' then
    insert into plinth.changes (rel, op, shape, new) values (tg_argv[1]::oid, 1, tg_argv[0], record_send(new));
  elsif tg_op = 'UPDATE' then
    insert into plinth.changes (rel, op, shape, old, new) values (tg_argv[1]::oid, 2, tg_argv[0], record_send(old), record_send(new));
  elsif tg_op = 'DELETE' then
    insert into plinth.changes (rel, op, shape, old) values (tg_argv[1]::oid, 3, tg_argv[0], record_send(old));
  else
    insert into plinth.changes (rel, op, shape) values (tg_argv[1]::oid, 4, tg_argv[0]);
  end if;
  return null;
end $f$;
create function plinth.log_text() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp
 set datestyle = 'ISO, YMD' set intervalstyle = 'postgres' set timezone = 'UTC' set bytea_output = 'hex' set extra_float_digits = 1 as $f$
begin
  if tg_op = 'INSERT' then
    insert into plinth.changes (rel, op, shape, new) values (tg_argv[1]::oid, 1, tg_argv[0], textsend(new::text));
  elsif tg_op = 'UPDATE' then
    insert into plinth.changes (rel, op, shape, old, new) values (tg_argv[1]::oid, 2, tg_argv[0], textsend(old::text), textsend(new::text));
  elsif tg_op = 'DELETE' then
    insert into plinth.changes (rel, op, shape, old) values (tg_argv[1]::oid, 3, tg_argv[0], textsend(old::text));
  else
    insert into plinth.changes (rel, op, shape) values (tg_argv[1]::oid, 4, tg_argv[0]);
  end if;
  return null;
end $f$;
create function plinth.shape(t oid) returns text language sql stable set search_path = pg_catalog, pg_temp as $f$
  select case when bool_and(y.typtype = 'b' and y.typnamespace = 'pg_catalog'::regnamespace and coalesce(e.oid, y.oid) = any (array[
      16, 17, 18, 19, 20, 21, 23, 25, 26, 114, 700, 701, 1042, 1043, 1082, 1083, 1114, 1184, 1186, 1700, 2950, 3802]::oid[]))
    then 'b' else 't' end || md5(string_agg(format('%s %s %s %s', a.attnum, a.attname, a.atttypid, a.atttypmod), ',' order by a.attnum))
  from pg_attribute a join pg_type y on y.oid = a.atttypid left join pg_type e on e.oid = y.typelem and y.typcategory = 'A'
  where a.attrelid = t and a.attnum > 0 and not a.attisdropped
$f$;
create function plinth.sync_triggers() returns void language plpgsql set search_path = pg_catalog, pg_temp as $f$
declare
  r record;
begin
  for r in
    select c.oid, c.oid::regclass as name, s.shape, n.nspname
    from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join lateral plinth.shape(c.oid) s(shape)
      left join plinth.logged l on l.rel = c.oid and l.shape = s.shape
    where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence = 'p' and l.rel is null and s.shape is not null
      and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'auth', 'vault', 'plinth', 'extensions', 'supabase_migrations')
  loop
    begin
      execute format('drop trigger if exists _plinth_log on %s', r.name);
      execute format('create trigger _plinth_log after insert or update or delete on %s for each row execute function plinth.%I(%L, %L)',
        r.name, case left(r.shape, 1) when 'b' then 'log_change' else 'log_text' end, r.shape, r.oid::text);
      execute format('drop trigger if exists _plinth_log_t on %s', r.name);
      execute format('create trigger _plinth_log_t after truncate on %s for each statement execute function plinth.log_change(%L, %L)',
        r.name, r.shape, r.oid::text);
      insert into plinth.logged (rel, shape) values (r.oid, r.shape) on conflict (rel) do update set shape = excluded.shape;
    exception when insufficient_privilege then
      raise notice 'changes of % are not logged: it belongs to somebody else', r.name;
    end;
  end loop;
end $f$;`
)
