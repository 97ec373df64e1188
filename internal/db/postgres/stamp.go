package postgres

import (
	"context"

	"github.com/plinth-dev/plinth/internal/db"
)

// sqlStamp changes with whatever decides who may see a row: policies, tables and grants,
// functions, roles, publications, whoever changed them. The leader asks it beside every
// batch of changes, so it reads by index what is not the server's own (whose oids are
// below 16384), and adds hashes up, which needs no order.
const sqlStamp = `select coalesce(sum(hashtextextended((k || o || ' ' || x) collate "C", 0)), 0)::text from (
 select 'p' as k, oid::text as o, xmin::text as x from pg_policy
 union all select 'c', oid::text, xmin::text from pg_class where oid >= 16384 and relkind in ('r', 'p', 'v', 'm') and relpersistence <> 't' and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
 union all select 'a', attrelid || ' ' || attnum, xmin::text from pg_attribute where attrelid >= 16384 and attacl is not null
 union all select 'f', oid::text, xmin::text from pg_proc where oid >= 16384 and pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
 union all select 'm', roleid || ' ' || member, xmin::text from pg_auth_members
 union all select 'r', rolname::text, rolsuper || ' ' || rolbypassrls from pg_roles
 union all select 'b', prpubid || ' ' || prrelid, xmin::text from pg_publication_rel) s`

// renew reads the schema anew where it is another than the one known, which on a server
// anybody may have changed: changes are handed out with the policies of their time. It
// is asked after the changes were read, so it sees what was committed before them.
func (d *Driver) renew(ctx context.Context) (renewed bool, err error) {
	cur, err := d.Query(ctx, &db.Owner, sqlStamp, nil) // prepared: to plan it takes as long as to run it
	if err != nil {
		return false, err
	}
	same := cur.Next() && cur.Value(0).S == d.pub.Load().stamp
	_ = cur.Close() // it does not fail
	if cur.Err() != nil || same {
		return false, cur.Err()
	}
	return true, d.Reload(ctx)
}
