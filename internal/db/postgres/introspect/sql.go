package introspect

import "strings"

// user limits a query to schemas that are not the server's own.
const user = ` n.nspname !~ '^pg_' and n.nspname <> 'information_schema' `

// queries each return rows of one JSON column.
var queries = [...]string{
	sqlRoles, sqlSchemas, sqlExtensions, sqlTypes, sqlRelations, sqlColumns, sqlConstraints,
	sqlIndexes, sqlPolicies, sqlFunctions, sqlTriggers, sqlSequences, sqlPublications, sqlDefaults,
	sqlCasts, sqlHandlers,
}

// SQL is the script that reads a schema: Build wants its results but for the first and
// the last, which are the transaction's.
func SQL() string {
	return "begin isolation level repeatable read read only;\n" + strings.Join(queries[:], ";\n") + ";\ncommit"
}

const (
	sqlRoles = `select row_to_json(x) from (
 select r.rolname as name, r.rolsuper as super, r.rolbypassrls as bypass, r.rolcanlogin as login,
  (select json_agg(g.rolname order by g.rolname) from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid) as member_of,
  (select json_agg(c) from pg_db_role_setting s, unnest(s.setconfig) c
    where s.setrole = r.oid and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))) as config,
  (select json_agg(json_build_object('name', p.name, 'val', substr(c, strpos(c, '=') + 1), 'reset', p.reset_val) order by p.name)
    from pg_db_role_setting s, unnest(s.setconfig) c join pg_settings p on lower(p.name) = lower(split_part(c, '=', 1)) and p.context = 'user'
    where s.setrole = r.oid and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))) as settings
 from pg_roles r where r.rolname !~ '^pg_') x`

	sqlSchemas = `select row_to_json(x) from (
 select n.nspname as name, pg_get_userbyid(n.nspowner) as owner, n.nspacl::text[] as acl,
  obj_description(n.oid, 'pg_namespace') as comment
 from pg_namespace n where` + user + `) x`

	sqlExtensions = `select row_to_json(x) from (
 select e.extname as name, n.nspname as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace) x`

	sqlTypes = `select row_to_json(x) from (
 select t.oid::int8, n.nspname as schema, t.typname as name, t.typtype as kind, t.typcategory as category,
  t.typelem::int8 as elem, t.typbasetype::int8 as base, t.typtypmod as mod, t.typnotnull as not_null,
  t.typrelid::int8 as rel, c.relkind as rel_kind, t.typdefault as "default", t.typarray::int8 as array,
  obj_description(t.oid, 'pg_type') as comment,
  (select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid) as labels
 from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
 where n.nspname !~ '^pg_(toast|temp)' and (t.typrelid = 0 or n.nspname <> 'pg_catalog' and n.nspname <> 'information_schema')
 order by t.oid) x`

	sqlRelations = `select row_to_json(x) from (
 select c.oid::int8, n.nspname as schema, c.relname as name, c.relkind as kind, pg_get_userbyid(c.relowner) as owner,
  c.relrowsecurity as rls, c.relforcerowsecurity as force, c.relacl::text[] as acl, c.reloptions as options,
  case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end as def, c.relreplident as identity,
  (select i.relname from pg_index x join pg_class i on i.oid = x.indexrelid where x.indrelid = c.oid and x.indisreplident) as identity_index,
  obj_description(c.oid, 'pg_class') as comment, c.relispartition as partition,
  case when c.relkind = 'v' then pg_relation_is_updatable(c.oid, true) else 0 end as writes
 from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p', 'v', 'm', 'f') and` + user + `order by c.oid) x`

	sqlColumns = `select row_to_json(x) from (
 select a.attrelid::int8 as rel, a.attnum as num, a.attname as name, a.atttypid::int8 as type, a.atttypmod as mod,
  a.attnotnull as not_null, a.attidentity as identity, a.attgenerated as generated, pg_get_expr(d.adbin, d.adrelid) as "default",
  case when a.attcollation <> t.typcollation then (select collname from pg_collation where oid = a.attcollation) end as collation,
  a.attacl::text[] as acl, col_description(a.attrelid, a.attnum) as comment
 from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  join pg_type t on t.oid = a.atttypid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
 where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm', 'f', 'c') and` + user + `
 order by a.attrelid, a.attnum) x`

	// Keys of partitions are left out where they are a parent's, as they are there.
	sqlConstraints = `select row_to_json(x) from (
 select k.conname as name, k.conrelid::int8 as rel, k.contypid::int8 as type, k.contype as kind,
  (select json_agg(a.attname order by u.i) from unnest(k.conkey) with ordinality u(num, i)
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.num) as cols,
  rn.nspname as ref_schema, rc.relname as ref_table,
  (select json_agg(a.attname order by u.i) from unnest(k.confkey) with ordinality u(num, i)
    join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.num) as ref_cols,
  k.confdeltype as on_delete, k.confupdtype as on_update, k.condeferrable as deferrable, k.condeferred as deferred,
  k.convalidated as validated, pg_get_constraintdef(k.oid) as def,
  case when k.contype = 'c' then coalesce(pg_get_expr(k.conbin, k.conrelid), '') end as "check"
 from pg_constraint k join pg_namespace n on n.oid = k.connamespace
  left join pg_class rc on rc.oid = k.confrelid left join pg_namespace rn on rn.oid = rc.relnamespace
 where k.contype in ('p', 'u', 'f', 'c') and (k.conparentid = 0 or k.contype <> 'f' or not exists
   (select from pg_constraint p where p.oid = k.conparentid and p.conrelid = k.conrelid)) and` + user + `
 order by k.conrelid, k.oid) x`

	sqlIndexes = `select row_to_json(x) from (
 select i.relname as name, x.indrelid::int8 as rel, x.indisunique as "unique", am.amname as method,
  pg_get_expr(x.indpred, x.indrelid) as "where", x.indnkeyatts as keys,
  (select json_agg(pg_get_indexdef(x.indexrelid, k, true) order by k) from generate_series(1, x.indnatts) k) as items,
  pg_get_indexdef(x.indexrelid) as def
 from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am am on am.oid = i.relam
  join pg_class c on c.oid = x.indrelid join pg_namespace n on n.oid = c.relnamespace
 where x.indisvalid and not exists (select from pg_constraint k where k.conindid = x.indexrelid and k.contype in ('p', 'u', 'x')) and` + user + `
 order by i.oid) x`

	sqlPolicies = `select row_to_json(x) from (
 select p.polrelid::int8 as rel, p.polname as name, p.polpermissive as permissive, p.polcmd as command,
  (select json_agg(case when r = 0 then 'public' else pg_get_userbyid(r)::text end) from unnest(p.polroles) r) as roles,
  pg_get_expr(p.polqual, p.polrelid) as "using", pg_get_expr(p.polwithcheck, p.polrelid) as "check"
 from pg_policy p order by p.polrelid, p.polname) x`

	sqlFunctions = `select row_to_json(x) from (
 select p.oid::int8, n.nspname as schema, p.proname as name, pg_get_userbyid(p.proowner) as owner, p.prokind as kind,
  coalesce(p.proallargtypes, p.proargtypes::oid[])::int8[] as types, p.proargmodes::text[] as modes, p.proargnames as names,
  (select json_agg(pg_get_function_arg_default(p.oid, i) order by i) from generate_series(1, coalesce(cardinality(p.proallargtypes), p.pronargs)) i) as defaults,
  p.prorettype::int8 as returns, p.proretset as set_of, p.prorows as rows, l.lanname as language, p.prosrc as body,
  p.provolatile as volatility, p.proisstrict as strict, p.prosecdef as definer, p.proconfig as config,
  p.proacl::text[] as acl, obj_description(p.oid, 'pg_proc') as comment
 from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
 where p.prokind in ('f', 'p') and` + user + `order by p.oid) x`

	sqlTriggers = `select row_to_json(x) from (
 select t.tgrelid::int8 as rel, t.tgname as name, t.tgtype as type, n.nspname as func_schema, p.proname as func,
  (select json_agg(a.attname) from unnest(t.tgattr::int2[]) u(num) join pg_attribute a on a.attrelid = t.tgrelid and a.attnum = u.num) as cols,
  t.tgenabled as enabled, t.tgdeferrable as deferrable, t.tginitdeferred as deferred,
  t.tgoldtable as old_table, t.tgnewtable as new_table
 from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_namespace n on n.oid = p.pronamespace
 where not t.tgisinternal and t.tgname not in ('_plinth_log', '_plinth_log_t') order by t.tgrelid, t.tgname) x`

	sqlSequences = `select row_to_json(x) from (
 select c.oid::int8, n.nspname as schema, c.relname as name, s.seqtypid::int8 as type, s.seqstart as start, s.seqincrement as increment,
  s.seqmin as min, s.seqmax as max, s.seqcycle as cycle, c.relacl::text[] as acl, d.refobjid::int8 as owner_rel, d.refobjsubid as owner_num
 from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
  left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
 where` + user + `order by c.oid) x`

	sqlPublications = `select row_to_json(x) from (
 select p.pubname as name, p.puballtables as all_tables,
  (select json_agg(r.prrelid::int8 order by r.prrelid) from pg_publication_rel r where r.prpubid = p.oid) as tables
 from pg_publication p where p.pubname not in ('plinth_feed', 'plinth_feed_inserts')) x`

	sqlDefaults = `select row_to_json(x) from (
 select pg_get_userbyid(d.defaclrole) as role, n.nspname as schema, d.defaclobjtype as what, d.defaclacl::text[] as acl
 from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace) x`

	// Casts by a function between a type that is not the server's own and json or text:
	// of a domain those that are implicit, of another type the one that to_json heeds.
	sqlCasts = `select row_to_json(x) from (
 select c.castsource::int8 as "from", c.casttarget::int8 as "to", n.nspname as schema, p.proname as func,
  s.typtype <> 'd' and t.typtype <> 'd' as to_json
 from pg_cast c join pg_proc p on p.oid = c.castfunc join pg_namespace n on n.oid = p.pronamespace
  join pg_type s on s.oid = c.castsource join pg_type t on t.oid = c.casttarget
 where c.castmethod = 'f' and (
  s.typtype = 'd' and c.casttarget in ('json'::regtype, 'text'::regtype) and c.castcontext = 'i'
  or t.typtype = 'd' and c.castsource in ('json'::regtype, 'text'::regtype) and c.castcontext = 'i'
  or s.typtype <> 'd' and s.oid >= 16384 and c.casttarget = 'json'::regtype)
 order by c.oid) x`

	sqlHandlers = `select row_to_json(x) from (
 select n.nspname as schema, p.proname as func, p.proargtypes[0]::int8 as rows, p.prorettype::int8 as returns
 from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_type t on t.oid = p.prorettype
 where p.prokind = 'a' and p.pronargs = 1 and t.typtype = 'd' and t.typname ~ '^([A-Za-z0-9.-]+/[A-Za-z0-9.+-]+|[*]/[*])$'
 order by p.oid) x`
)
