package differential_test

import (
	"context"
	"errors"
	"fmt"
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

// postgres is one case's transaction on the oracle: nothing of it remains.
type postgres struct {
	c *pgconn.PgConn
}

func openPostgres(ctx context.Context, url string) (*postgres, error) {
	c, err := pgconn.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	return &postgres{c}, nil
}

func (p *postgres) exec(ctx context.Context, sql string) error {
	return p.c.Exec(ctx, sql).Close()
}

func (p *postgres) begin(ctx context.Context) error { return p.exec(ctx, "begin") }
func (p *postgres) end(ctx context.Context) error   { return p.exec(ctx, "rollback") }

// script runs DDL as the owner; a failure leaves nothing of it.
func (p *postgres) script(ctx context.Context, sql string) outcome {
	err := p.exec(ctx, "savepoint x; reset role; select set_config('request.jwt.claims', '', true)")
	if err == nil {
		err = p.exec(ctx, sql)
	}
	return p.done(ctx, outcome{}, err)
}

// run runs one command as an actor, as a transaction of its own.
func (p *postgres) run(ctx context.Context, a actor, sql string) outcome {
	err := p.exec(ctx, fmt.Sprintf("savepoint x; reset role; select set_config('request.jwt.claims', %s, true); set local role %s",
		quote(a.claims), a.role))
	if err != nil {
		return p.done(ctx, outcome{}, err)
	}
	res := p.c.ExecParams(ctx, sql, nil, nil, nil, nil)
	var o outcome
	for _, f := range res.FieldDescriptions() {
		o.columns = append(o.columns, f.Name)
	}
	for res.NextRow() {
		o.rows = append(o.rows, textRow(res.Values()))
	}
	tag, err := res.Close()
	o.affected = tag.RowsAffected()
	if err == nil && reads(sql) {
		o.json, err = p.again(ctx, sql, o.columns)
	}
	return p.done(ctx, o, err)
}

// again reads the rows as JSON; what functions did meanwhile is undone.
func (p *postgres) again(ctx context.Context, sql string, columns []string) ([]string, error) {
	if err := p.exec(ctx, "savepoint y"); err != nil {
		return nil, err
	}
	rows, err := p.json(ctx, sql, columns)
	if err != nil {
		return nil, err
	}
	return rows, p.exec(ctx, "rollback to y; release y")
}

// json reads the rows again as JSON, where the columns' names allow it.
func (p *postgres) json(ctx context.Context, sql string, columns []string) ([]string, error) {
	if !unique(columns) || len(columns) == 0 {
		return nil, nil
	}
	var list []string
	for _, c := range columns {
		list = append(list, fmt.Sprintf(`to_json(q."%s")::text`, strings.ReplaceAll(c, `"`, `""`)))
	}
	res := p.c.ExecParams(ctx, "select "+strings.Join(list, ", ")+" from ("+strings.TrimRight(sql, "; \n")+"\n) q", nil, nil, nil, nil)
	var rows []string
	for res.NextRow() {
		var b []string
		for _, v := range res.Values() {
			if v == nil {
				v = []byte("null")
			}
			b = append(b, string(v))
		}
		rows = append(rows, strings.Join(b, " | "))
	}
	_, err := res.Close()
	return rows, err
}

// done ends the command's savepoint; deferred constraints are checked as at a commit.
func (p *postgres) done(ctx context.Context, o outcome, err error) outcome {
	if err == nil {
		err = p.exec(ctx, "set constraints all immediate; set constraints all deferred; release x; reset role")
	}
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
