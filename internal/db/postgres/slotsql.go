package postgres

// The change log by logical replication: one node of those on a database leads. It
// reads the slot, and writes what changed into plinth.changes, numbered, with the place
// in the server's log up to which that goes. Place and numbers are written in one
// transaction, whole transactions at a time: whoever leads next goes on exactly there.
//
// plinth.feed is also the lease. Its token grows with each leader, and a leader writes
// under its own token only: one that was away too long finds that it is none any more.
const (
	sqlSlot = `alter table plinth.feed add column source text not null default 'none', add column slot text, add column lsn pg_lsn not null default '0/0',
 add column token bigint not null default 0, add column leader text, add column until timestamptz not null default '-infinity';
create view plinth.told as
 select c.oid as rel, c.oid::regclass as name, w.pub, p.pubname as has, c.relowner as owner
 from pg_class c join pg_namespace n on n.oid = c.relnamespace
  cross join lateral (select c.relpersistence = 'p' and n.nspname !~ '^pg_'
    and n.nspname not in ('information_schema', 'auth', 'vault', 'plinth', 'extensions', 'supabase_migrations')
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') as wanted,
   c.relkind = 'r' or exists (select from pg_index x where x.indrelid = c.oid and x.indisprimary and x.indimmediate) as keyed) k
  cross join lateral (select not exists (select from (select c.oid as leaf where c.relkind = 'r' union all
     select relid from pg_partition_tree(c.oid) where isleaf and c.relkind = 'p') t join pg_class l on l.oid = t.leaf
    where not (l.relreplident = 'f' or exists (select from pg_index x where x.indrelid = l.oid and x.indisvalid and x.indimmediate and x.indisunique
     and case l.relreplident when 'd' then x.indisprimary when 'i' then x.indisreplident end))) as identified) i
  cross join lateral (select case when k.wanted and k.keyed and i.identified then 'plinth_feed' when k.wanted then 'plinth_feed_inserts' end as pub) w
  left join (select r.prrelid, b.pubname from pg_publication_rel r join pg_publication b on b.oid = r.prpubid
    where b.pubname in ('plinth_feed', 'plinth_feed_inserts')) p on p.prrelid = c.oid
 where c.relkind in ('r', 'p') and not c.relispartition and (w.pub is not null or p.pubname is not null);
create function plinth.tuple_shape(t oid) returns text language sql stable set search_path = pg_catalog, pg_temp as $f$
  select 'p' || md5(string_agg(format('%s %s %s', a.attname, a.atttypid, a.atttypmod), ',' order by a.attnum))
  from pg_attribute a where a.attrelid = t and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
$f$;
create function plinth.sync_publications() returns void language plpgsql set search_path = pg_catalog, pg_temp as $f$
declare
  r record;
begin
  for r in select * from plinth.told where pub is distinct from has loop
    if not pg_has_role(r.owner, 'usage') then
      raise notice 'changes of % are not told: it belongs to somebody else', r.name;
      continue;
    end if;
    if r.has is not null then
      execute format('alter publication %I drop table %s', r.has, r.name);
    end if;
    if r.pub is not null then
      execute format('alter publication %I add table %s', r.pub, r.name);
    end if;
    if r.pub = 'plinth_feed_inserts' then
      raise notice '% has no primary key: only its inserts are told', r.name;
    end if;
  end loop;
end $f$;
create function plinth.sync_log() returns void language plpgsql set search_path = pg_catalog, pg_temp as $f$
declare
  s text := (select source from plinth.feed);
begin
  if s = 'triggers' then
    perform plinth.sync_triggers();
  elsif s = 'slot' then
    perform plinth.sync_publications();
  end if;
end $f$;
create function plinth.drop_triggers() returns void language plpgsql set search_path = pg_catalog, pg_temp as $f$
declare
  r record;
begin
  for r in select tgname, tgrelid::regclass as name from pg_trigger where tgname in ('_plinth_log', '_plinth_log_t') and not tgisinternal and tgparentid = 0 loop
    execute format('drop trigger %I on %s', r.tgname, r.name);
  end loop;
  delete from plinth.logged;
end $f$;`

	// sqlDropOldLog removes what earlier versions made; the log begins anew.
	sqlDropOldLog = `drop table plinth.changes, plinth.feed, plinth.logged; drop function plinth.log_change() cascade;
drop function plinth.log_text() cascade; drop function plinth.shape(oid); drop function plinth.sync_log()`

	// sqlAble asks what stands against logical replication.
	sqlAble = `select current_setting('wal_level'), r.rolsuper or r.rolreplication or exists (select from pg_roles m
   where m.rolname = 'rds_replication' and pg_has_role(m.oid, 'member')),
 exists (select from pg_replication_slots where slot_name = $1) or (select count(*) from pg_replication_slots) < current_setting('max_replication_slots')::int,
 current_setting('max_slot_wal_keep_size')
 from pg_roles r where r.rolname = session_user`

	// sqlByTriggers and sqlBySlot change where the log comes from; what was logged the
	// other way has no successor, so a new epoch begins.
	sqlIsSlot     = `select source = 'slot' from plinth.feed`
	sqlLeaseHeld  = `select source = 'slot' and until > clock_timestamp() from plinth.feed`
	sqlByTriggers = `truncate plinth.changes;
update plinth.feed set source = 'triggers', slot = null, token = token + 1, until = '-infinity', epoch = epoch + (last > 0 or source = 'slot')::int;
drop publication if exists plinth_feed, plinth_feed_inserts`
	sqlBySlot = `select plinth.drop_triggers(); truncate plinth.changes;
update plinth.feed set source = 'slot', slot = null, token = token + 1, until = '-infinity', epoch = epoch + (last > 0)::int;
drop publication if exists plinth_feed, plinth_feed_inserts;
create publication plinth_feed with (publish_via_partition_root = true);
create publication plinth_feed_inserts with (publish = 'insert, truncate', publish_via_partition_root = true)`

	sqlClaim = `update plinth.feed set token = token + 1, leader = $1, until = clock_timestamp() + $2::interval
 where source = 'slot' and until < clock_timestamp() returning token, epoch, last, lsn, coalesce(slot, '')`

	sqlRelease = `update plinth.feed set until = '-infinity' where token = $1`

	sqlBeat = `update plinth.feed set until = clock_timestamp() + $2::interval, lsn = greatest(lsn, $3::pg_lsn) where token = $1 returning 1`

	// sqlStore numbers whole transactions in one statement, sqlPart a part of one.
	sqlStore = `with f as (update plinth.feed set last = $2, lsn = $3::pg_lsn where token = $1 returning ` + sqlBell + `)
` + sqlInsert + ` from f, unnest($5::int8[], $6::xid8[], $7::oid[], $8::int2[], $9::text[], $10::bytea[], $11::bytea[], $12::timestamptz[]) as u`
	sqlPart   = sqlInsert + ` from unnest($1::int8[], $2::xid8[], $3::oid[], $4::int2[], $5::text[], $6::bytea[], $7::bytea[], $8::timestamptz[]) as u`
	sqlInsert = `insert into plinth.changes (seq, tx, rel, op, shape, old, new, at) select u.*`
	sqlWhole  = `update plinth.feed set last = $2, lsn = $3::pg_lsn where token = $1 returning ` + sqlBell
	sqlBell   = `case when $4::text <> '' then pg_notify('plinth_feed', $4::text) end`

	// sqlSlotState tells what became of the slot, and how many bytes of log are to be read.
	sqlSlotState = `select coalesce(active_pid, 0), coalesce(wal_status, '') = 'lost' or confirmed_flush_lsn is null or confirmed_flush_lsn > $2::pg_lsn,
 coalesce(pg_current_wal_lsn() - confirmed_flush_lsn, 0)::int8, coalesce(pg_current_wal_lsn() - restart_lsn, 0)::int8
 from pg_replication_slots where slot_name = $1 and database = current_database()`

	// sqlUntold: a table is in the wrong publication, or in none.
	sqlUntold = `select exists (select from plinth.told where pub is distinct from has and pg_has_role(owner, 'usage'))`

	// sqlNewSlot begins a new epoch at a slot that was just made.
	sqlNewSlot = `update plinth.feed set slot = $2, lsn = $3::pg_lsn, epoch = epoch + 1 where token = $1 returning epoch, last`

	// sqlMark puts a mark into the server's log, and returns its place.
	sqlMark = `select set_config('synchronous_commit', 'on', true); select pg_logical_emit_message(true, 'plinth', '')`

	sqlReached = `select epoch, last, source <> 'slot' or slot is null or lsn >= $1::pg_lsn from plinth.feed`
)
