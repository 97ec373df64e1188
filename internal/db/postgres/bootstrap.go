package postgres

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/db/postgres/logtable"
	"github.com/plinth-dev/plinth/internal/fault"
)

// facts are what the database is before anything is made.
type facts struct {
	owner            string
	super, mayCreate bool // create roles
	major            int
	conns            int // that the server has for everybody
}

// step makes one thing that is missing.
type step struct {
	missing string // an expression that is true where it is
	sql     string
	what    string // for the notice
}

// bootstrap makes the roles, schemas and functions that a project expects. What exists
// is not touched. Roles are the whole server's: two nodes, or two databases, may be at
// it at the same time, and then one of them tries again.
func (d *Driver) bootstrap(ctx context.Context) error {
	var err error
	for try := 1; try <= 10; try++ {
		if err = d.makeAll(ctx); err == nil || !raced(err) {
			return err
		}
		pause(ctx, time.Duration(try)*20*time.Millisecond)
	}
	return err
}

// raced reports whether somebody else made the same thing at the same time.
func raced(err error) bool {
	switch fault.CodeOf(err) {
	case "23505", "42710", "42P06", "42723", "40001", "40P01", "XX000":
		return true
	}
	return false
}

func (d *Driver) makeAll(ctx context.Context) error {
	c, err := d.dial(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	d.notices = nil
	b := &bootstrapping{d: d, c: c}
	if err := b.exec(ctx, "begin; select pg_advisory_xact_lock(7521962874610)"); err != nil {
		return err
	}
	if err := b.look(ctx); err != nil {
		return err
	}
	d.owner = b.owner
	if d.cfg.Conns <= 0 {
		d.cfg.Conns = share(b.conns, runtime.GOMAXPROCS(0))
		d.pool.aside(-d.cfg.Conns)
	}
	for _, s := range b.steps() {
		if err := b.take(ctx, s); err != nil {
			return err
		}
	}
	if err := b.exec(ctx, "commit"); err != nil {
		return err
	}
	rows, err := b.query(ctx, `select rolbypassrls or rolsuper from pg_roles where rolname = 'service_role'`)
	if err != nil {
		return err
	}
	d.bypass = len(rows) == 1 && rows[0][0] == "t"
	if !d.bypass {
		b.d.say("service_role acts as %s: the role cannot pass row security by itself here", b.owner)
	}
	return nil
}

// share is a node's part of a server's connections where nobody has said it: most of a few
// are left to other nodes, to those of the next version, and to who looks after the server.
func share(all, cores int) int { return min(max(16, 4*cores)+4, max(12, all/5)) }

// bootstrapping is a bootstrap under way.
type bootstrapping struct {
	facts
	d *Driver
	c *conn
}

func (b *bootstrapping) exec(ctx context.Context, sql string) error {
	_, err := b.c.pg.Exec(ctx, sql).ReadAll()
	return toFault(ctx, err, sql)
}

func (b *bootstrapping) query(ctx context.Context, sql string) ([][]string, error) {
	return b.c.ask(ctx, sql)
}

func (b *bootstrapping) look(ctx context.Context) error {
	rows, err := b.query(ctx, `select session_user::text, r.rolsuper, r.rolcreaterole or r.rolsuper, current_setting('server_version_num')::int / 10000, current_setting('max_connections')
 from pg_roles r where r.rolname = session_user`)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return fault.SQL("28000", "the role that logs in is not known")
	}
	r := rows[0]
	b.owner, b.super, b.mayCreate = r[0], r[1] == "t", r[2] == "t"
	if _, err := fmt.Sscan(r[3], &b.major); err != nil || b.major < 14 {
		return fault.New(fault.Unavailable, "0A000", "PostgreSQL 14 or newer is needed").WithDetail("The server is of version " + r[3] + ".")
	}
	b.conns, err = strconv.Atoi(r[4])
	return err
}

// take makes what a step is for, where it is missing.
func (b *bootstrapping) take(ctx context.Context, s step) error {
	rows, err := b.query(ctx, "select "+s.missing)
	if err != nil || len(rows) == 0 || rows[0][0] != "t" {
		return err
	}
	optional := strings.HasPrefix(s.what, "?")
	if optional {
		if err := b.exec(ctx, "savepoint s"); err != nil {
			return err
		}
	}
	err = b.exec(ctx, s.sql)
	what := strings.TrimPrefix(s.what, "?")
	switch {
	case err == nil && optional:
		b.d.say("made: %s", what)
		return b.exec(ctx, "release s")
	case err == nil:
		b.d.say("made: %s", what)
		return nil
	case optional && !raced(err):
		b.d.say("not made: %s (%s)", what, fault.From(err).Message)
		return b.exec(ctx, "rollback to s; release s")
	}
	f := fault.From(err)
	if f.Code == "42501" {
		return f.WithHint("Let a superuser run once: " + s.sql)
	}
	return f.WithDetail(strings.TrimSpace(f.Detail + " While making " + what + "."))
}

// steps lists everything a project expects.
func (b *bootstrapping) steps() []step {
	var out []step
	bypass := ""
	if b.super {
		bypass = " bypassrls"
	}
	for _, r := range [][2]string{
		{"anon", "nologin noinherit"}, {"authenticated", "nologin noinherit"},
		{"service_role", "nologin noinherit" + bypass}, {"authenticator", "nologin noinherit"},
	} {
		out = append(out, step{
			missing: "not exists (select from pg_roles where rolname = '" + r[0] + "')",
			sql:     "create role " + r[0] + " " + r[1], what: "role " + r[0],
		})
	}
	member := "member"
	if b.major >= 16 {
		member = "set"
	}
	for _, r := range []string{"anon", "authenticated", "service_role"} {
		out = append(out, step{
			missing: "not pg_has_role('authenticator', '" + r + "', 'member')",
			sql:     "grant " + r + " to authenticator", what: "?membership of authenticator in " + r,
		}, step{
			missing: "not pg_has_role(session_user, '" + r + "', '" + member + "')",
			sql:     "grant " + r + " to session_user", what: "membership of " + b.owner + " in " + r,
		})
	}
	out = append(out, b.hookRole(member)...)
	for _, s := range []string{"extensions", "auth", "storage", "realtime"} {
		sql := "create schema " + s + "; grant usage on schema " + s + " to anon, authenticated, service_role"
		if s == "storage" {
			sql += "; " + defaults(s)
		}
		out = append(out, step{missing: "to_regnamespace('" + s + "') is null", sql: sql, what: "schema " + s})
	}
	out = append(out, step{
		missing: "not has_schema_privilege('anon', 'public', 'usage') or not exists (select from pg_default_acl where defaclnamespace = 'public'::regnamespace and defaclrole = session_user::regrole)",
		sql:     "grant usage on schema public to anon, authenticated, service_role; " + defaults("public"),
		what:    "default privileges in schema public",
	})
	for _, e := range []string{"pgcrypto", "uuid-ossp"} {
		out = append(out, step{
			missing: "exists (select from pg_available_extensions where name = '" + e + "' and installed_version is null)",
			sql:     `create extension "` + e + `" schema extensions`, what: "?extension " + e,
		})
	}
	out = append(out, functions()...)
	out = append(out, step{
		missing: "to_regclass('plinth.adopted') is null", sql: sqlAdopted, what: "the list of what is adopted",
	}, step{
		missing: "to_regclass('plinth.changes') is not null and to_regclass('plinth.told') is null", sql: sqlDropOldLog, what: "room for a new change log",
	}, step{
		missing: "to_regclass('plinth.changes') is null", sql: logtable.Tables + logtable.Functions + sqlSlot, what: "the change log",
	})
	return append(out, step{
		missing: "not exists (select from pg_publication where pubname = 'supabase_realtime')",
		sql:     "create publication supabase_realtime", what: "?publication supabase_realtime",
	})
}

// defaults lets the API's roles at what is made in a schema later: row security guards it.
func defaults(schema string) string {
	var b strings.Builder
	for _, what := range []string{"tables", "sequences", "functions"} {
		b.WriteString("alter default privileges in schema " + schema + " grant all on " + what + " to anon, authenticated, service_role; ")
	}
	return b.String()
}

// functions are those that policies call.
func functions() []step {
	var out []step
	for _, f := range [][3]string{
		{"auth.jwt()", "jsonb", `select nullif(current_setting('request.jwt.claims', true), '')::jsonb`},
		{"auth.uid()", "uuid", `select nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')::uuid`},
		{"auth.role()", "text", `select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'`},
		{"auth.email()", "text", `select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'`},
		{"realtime.topic()", "text", `select nullif(current_setting('realtime.topic', true), '')`},
		{"storage.foldername(name text)", "text[]", `select p[1:cardinality(p) - 1] from string_to_array(name, '/') p`},
		{"storage.filename(name text)", "text", `select p[cardinality(p)] from string_to_array(name, '/') p`},
		{"storage.extension(name text)", "text", `select reverse(split_part(reverse(f[cardinality(f)]), '.', 1)) from string_to_array(name, '/') f`},
	} {
		volatility := "stable"
		if strings.HasPrefix(f[0], "storage.") {
			volatility = "immutable"
		}
		out = append(out, step{
			missing: "to_regprocedure('" + strings.Replace(f[0], "name text", "text", 1) + "') is null",
			sql:     "create function " + f[0] + " returns " + f[1] + " language sql " + volatility + " as $f$" + f[2] + "$f$",
			what:    "?function " + f[0],
		})
	}
	return out
}

// hookRole runs the project's hooks; migrations name it in grants.
func (b *bootstrapping) hookRole(member string) []step {
	const hooks = "supabase_auth_admin"
	return []step{{
		missing: "not exists (select from pg_roles where rolname = '" + hooks + "')",
		sql:     "create role " + hooks + " nologin noinherit", what: "?role " + hooks,
	}, {
		missing: "exists (select from pg_roles r where r.rolname = '" + hooks + "' and not pg_has_role(session_user, r.oid, '" + member + "'))",
		sql:     "grant " + hooks + " to session_user", what: "?membership of " + b.owner + " in " + hooks,
	}}
}
