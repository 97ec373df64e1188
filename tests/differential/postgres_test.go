package differential_test

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// postgresAuth is what a Supabase database has of roles, privileges and functions.
const postgresAuth = `
create role anon; create role authenticated; create role service_role bypassrls;
create schema auth; create schema extensions;
grant usage on schema public, auth, extensions to anon, authenticated, service_role;
grant create on schema public to postgres;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
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

// oracle is one case's transaction on the oracle: nothing of it remains.
type oracle struct {
	c *pgconn.PgConn
}

func openPostgres(ctx context.Context, url string) (*oracle, error) {
	c, err := pgconn.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	return &oracle{c}, nil
}

func (p *oracle) exec(ctx context.Context, sql string) error {
	return p.c.Exec(ctx, sql).Close()
}

func (p *oracle) begin(ctx context.Context) error { return p.exec(ctx, "begin") }
func (p *oracle) end(ctx context.Context) error   { return p.exec(ctx, "rollback") }

// mark and back let several cases run over one schema.
func (p *oracle) mark(ctx context.Context) error { return p.exec(ctx, "savepoint start") }
func (p *oracle) back(ctx context.Context) error { return p.exec(ctx, "rollback to start") }

// script runs DDL as the owner; a failure leaves nothing of it.
func (p *oracle) script(ctx context.Context, sql string) outcome {
	err := p.exec(ctx, "savepoint x; reset role; select set_config('request.jwt.claims', '', true)")
	if err == nil {
		err = p.exec(ctx, sql)
	}
	if err == nil {
		err = p.exec(ctx, "set constraints all immediate; set constraints all deferred; release x; reset role")
	}
	return p.failed(ctx, outcome{}, err)
}

// run runs one command as an actor, as a transaction of its own: all of it in one
// round trip, and deferred constraints checked as at a commit.
func (p *oracle) run(ctx context.Context, a actor, sql string) outcome {
	b := &pgconn.Batch{}
	add := func(sql string) { b.ExecParams(sql, nil, nil, nil, nil) }
	add("savepoint x")
	add("select set_config('request.jwt.claims', " + quote(a.claims) + ", true), set_config('role', " + quote(a.role) + ", true)")
	add(withJSON(sql))
	for _, end := range []string{"set constraints all immediate", "set constraints all deferred", "release x", "reset role"} {
		add(end)
	}
	var o outcome
	res := p.c.ExecBatch(ctx, b)
	for i := 0; res.NextResult(); i++ {
		if rr := res.ResultReader(); i == 2 {
			o = take(rr, reads(sql))
		} else {
			rr.Close() // its error is the batch's
		}
	}
	return p.failed(ctx, o, res.Close())
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

// tables reads whole tables in one round trip.
func (p *oracle) tables(ctx context.Context, names []string) ([]outcome, error) {
	b := &pgconn.Batch{}
	for _, t := range names {
		b.ExecParams(withJSON(contentsOf(t)), nil, nil, nil, nil)
	}
	var out []outcome
	res := p.c.ExecBatch(ctx, b)
	for res.NextResult() {
		out = append(out, take(res.ResultReader(), true))
	}
	return out, res.Close()
}

// failed undoes a command that failed.
func (p *oracle) failed(ctx context.Context, o outcome, err error) outcome {
	if err == nil {
		return o
	}
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		return outcome{code: "lost", message: err.Error()}
	}
	if err := p.exec(ctx, "rollback to x; release x; reset role"); err != nil {
		return outcome{code: "lost", message: err.Error()}
	}
	return outcome{code: pe.Code, message: pe.Message, detail: pe.Detail, constraint: pe.ConstraintName}
}
