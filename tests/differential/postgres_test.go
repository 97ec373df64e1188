package differential_test

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// postgresAuth is what a Supabase database has of roles, privileges and functions.
const postgresAuth = `
create schema auth; create schema extensions;
grant usage on schema auth, extensions to anon, authenticated, service_role;
create function auth.uid() returns uuid language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'))::uuid $$;
create function auth.role() returns text language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim.role', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'))::text $$;
create function auth.email() returns text language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim.email', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'))::text $$;
create function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), ''))::jsonb $$;
`

const postgresRoles = `create role anon; create role authenticated; create role service_role bypassrls`

// fresh is the schema public as cases find it.
const fresh = `
drop schema public cascade; create schema public;
grant usage on schema public to anon, authenticated, service_role;
grant create on schema public to postgres;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
`

const emptied = `do $$ begin
  execute (select 'truncate ' || string_agg(oid::regclass::text, ', ') || ' cascade'
    from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r');
end $$`

// oracle is a database of the oracle's; cases follow each other in it, and each command
// is a transaction of its own.
type oracle struct {
	c      *pgconn.PgConn
	broken bool // the last transaction failed and has not been ended
}

func connect(ctx context.Context, url string) (*oracle, error) {
	c, err := pgconn.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	return &oracle{c: c}, nil
}

// openPostgres makes a database of that name.
func openPostgres(ctx context.Context, url, name string) (*oracle, error) {
	p, err := connect(ctx, url)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(p.exec(ctx, "create database "+name), p.c.Close(ctx)); err != nil {
		return nil, err
	}
	if p, err = connect(ctx, url+" dbname="+name); err != nil {
		return nil, err
	}
	return p, p.exec(ctx, postgresAuth)
}

func (p *oracle) exec(ctx context.Context, sql string) error {
	return p.c.Exec(ctx, p.ended()+sql).Close()
}

// ended ends what failed before, in the message of what comes next.
func (p *oracle) ended() string {
	if !p.broken {
		return ""
	}
	p.broken = false
	return "rollback; "
}

func (p *oracle) begin(ctx context.Context) error { return p.exec(ctx, fresh) }
func (p *oracle) end(context.Context) error       { return nil }

// mark and back let several cases run over one schema.
func (p *oracle) mark(context.Context) error     { return nil }
func (p *oracle) back(ctx context.Context) error { return p.exec(ctx, emptied) }

// script runs DDL as the owner; a failure leaves nothing of it.
func (p *oracle) script(ctx context.Context, sql string) outcome {
	return p.failed(outcome{}, p.exec(ctx, "begin; "+sql+"\n; commit"))
}

// run runs one command as an actor, as a transaction of its own: all of it in one
// message.
func (p *oracle) run(ctx context.Context, a actor, sql string) outcome {
	text := p.ended()
	at := 2 // the command's place among the results
	if text != "" {
		at++
	}
	text += "begin; select set_config('request.jwt.claims', " + quote(a.claims) + ", true), set_config('role', " + quote(a.role) + ", true); " +
		withJSON(sql) + "\n; commit"
	var o outcome
	res := p.c.Exec(ctx, text)
	for i := 0; res.NextResult(); i++ {
		if rr := res.ResultReader(); i == at {
			o = take(rr, reads(sql))
		} else {
			rr.Close() // its error is the batch's
		}
	}
	return p.failed(o, res.Close())
}

// withJSON makes a statement that reads give each row as JSON, too.
func withJSON(sql string) string {
	if !reads(sql) {
		return sql
	}
	return "select q.*, row_to_json(q)::text from (" + strings.TrimRight(sql, "; \n") + "\n) q"
}

// take reads the rows of a result, whose last column is JSON where it has that.
func take(rr *pgconn.ResultReader, js bool) outcome {
	var o outcome
	for _, f := range rr.FieldDescriptions() {
		o.columns = append(o.columns, f.Name)
	}
	n := len(o.columns)
	if js && n > 0 {
		n--
		o.columns = o.columns[:n]
	}
	for rr.NextRow() {
		vals := rr.Values()
		o.rows = append(o.rows, textRow(vals[:n]))
		if js {
			o.json = append(o.json, string(vals[n]))
		}
	}
	tag, _ := rr.Close() // its error is the batch's
	o.affected = tag.RowsAffected()
	return o
}

// tables reads whole tables in one message.
func (p *oracle) tables(ctx context.Context, names []string) ([]outcome, error) {
	text := p.ended()
	skip := text != ""
	for _, t := range names {
		text += withJSON(contentsOf(t)) + "; "
	}
	var out []outcome
	res := p.c.Exec(ctx, text)
	for res.NextResult() {
		if o := take(res.ResultReader(), true); !skip {
			out = append(out, o)
		}
		skip = false
	}
	return out, res.Close()
}

// failed is what a command came to.
func (p *oracle) failed(o outcome, err error) outcome {
	if err == nil {
		return o
	}
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		return outcome{code: "lost", message: err.Error()}
	}
	p.broken = p.c.TxStatus() != 'I'
	return outcome{code: pe.Code, message: pe.Message, detail: pe.Detail, constraint: pe.ConstraintName}
}
