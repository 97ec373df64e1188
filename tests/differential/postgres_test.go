package differential_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/plinth-dev/plinth/tests/differential/cases"
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

// oracle is a database of the oracle's; cases follow each other in it. Each command is a
// message of several statements, which Postgres makes a transaction. Messages are sent
// without waiting for answers: the server works on a case while the engine under test does.
type oracle struct {
	url    string
	conn   net.Conn
	f      *pgproto3.Frontend
	looked string // the question that is prepared
	begun  int
}

func connect(ctx context.Context, url string) (*oracle, error) {
	c, err := pgconn.Connect(ctx, url+" client_min_messages=error statement_timeout=60000") // what is shrunk may loop without end
	if err != nil {
		return nil, err
	}
	if err := c.SyncConn(ctx); err != nil {
		return nil, err
	}
	h, err := c.Hijack()
	if err != nil {
		return nil, err
	}
	return &oracle{url: url, conn: h.Conn, f: h.Frontend}, nil
}

// openPostgres makes a database of that name.
func openPostgres(ctx context.Context, url, name string) (*oracle, error) {
	p, err := connect(ctx, url)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(p.exec("create database "+name), p.close()); err != nil {
		return nil, err
	}
	if p, err = connect(ctx, url+" dbname="+name); err != nil {
		return nil, err
	}
	return p, p.exec(postgresAuth)
}

func (p *oracle) close() error {
	p.f.Send(&pgproto3.Terminate{})
	return errors.Join(p.f.Flush(), p.conn.Close())
}

// exec runs statements in one transaction.
func (p *oracle) exec(sql string) error {
	p.f.SendQuery(&pgproto3.Query{String: sql})
	if err := p.f.Flush(); err != nil {
		return err
	}
	_, err := p.receive(false)
	return err
}

// renewed is how many schemas a session sees: it forgets neither functions that were dropped
// nor their plans, and goes through all of them at each change of a schema.
const renewed = 8

func (p *oracle) begin(ctx context.Context) error {
	if p.begun++; p.begun%renewed == 0 {
		next, err := connect(ctx, p.url)
		if err != nil {
			return err
		}
		if err := p.close(); err != nil {
			return err
		}
		p.conn, p.f, p.looked = next.conn, next.f, ""
	}
	return p.exec(fresh)
}

// back empties tables, down to their files: rows in the place of deleted ones would come
// in another order. What was compiled for them stays.
func (p *oracle) back(_ context.Context, names []string) error {
	return p.exec(`truncate "` + strings.Join(names, `", "`) + `"`)
}

func (p *oracle) script(_ context.Context, sql string) outcome {
	return failure(outcome{}, p.exec(sql))
}

// burst is how many bytes of messages are under way at most: less than what a socket
// holds, so that the server never waits for us while we wait for it.
const burst = 32 << 10

// play sends acts and tells what each came to, in their order.
func (p *oracle) play(_ context.Context, acts []act, tell func([]outcome)) {
	for len(acts) > 0 {
		n, size := 0, 0
		for ; n < len(acts) && size < burst; n++ {
			size += p.send(acts[n])
		}
		err := p.f.Flush()
		for _, a := range acts[:n] {
			tell(p.outcome(a, err))
		}
		acts = acts[n:]
	}
}

// send sends one act and tells how long it is.
func (p *oracle) send(a act) int {
	if a.look {
		p.ask(a.tables)
		return len(p.looked)
	}
	text := textOf(a)
	p.f.SendQuery(&pgproto3.Query{String: text})
	return len(text)
}

// ask asks for all rows of tables, by a statement that is prepared once for a schema.
func (p *oracle) ask(tables []string) {
	all := []string{"select 0, ''::text, ''::text where false"} // there may be no table
	for i, t := range tables {
		all = append(all, fmt.Sprintf(`select %d, "the row"::text, row_to_json("the row")::text from "%s" "the row"`, i, t))
	}
	if sql := strings.Join(all, " union all "); sql != p.looked {
		p.looked = sql
		p.f.SendClose(&pgproto3.Close{ObjectType: 'S', Name: "look"})
		p.f.SendParse(&pgproto3.Parse{Name: "look", Query: sql})
	}
	p.f.SendBind(&pgproto3.Bind{PreparedStatement: "look"})
	p.f.SendExecute(&pgproto3.Execute{})
	p.f.SendSync(&pgproto3.Sync{})
}

// outcome is what the server says of one act.
func (p *oracle) outcome(a act, lost error) []outcome {
	if lost != nil {
		return []outcome{failure(outcome{}, lost)}
	}
	if a.look {
		return p.answered(len(a.tables))
	}
	list, err := p.receive(a.reads)
	var o outcome
	if n := len(list); n > 0 && a.step.Who != "" {
		o = list[n-1]
	}
	return []outcome{failure(o, err)}
}

// answered reads the rows of n tables.
func (p *oracle) answered(n int) []outcome {
	out := make([]outcome, n)
	var failed error
	for {
		msg, err := p.f.Receive()
		if err != nil {
			return []outcome{failure(outcome{}, err)}
		}
		switch m := msg.(type) {
		case *pgproto3.DataRow:
			i, _ := strconv.Atoi(string(m.Values[0])) // as asked for
			out[i].rows, out[i].json = append(out[i].rows, string(m.Values[1])), append(out[i].json, string(m.Values[2]))
		case *pgproto3.ErrorResponse:
			failed = pgconn.ErrorResponseToPgError(m)
		case *pgproto3.ReadyForQuery:
			if failed != nil {
				p.looked = ""
				return []outcome{failure(outcome{}, failed)}
			}
			return out
		}
	}
}

func textOf(a act) string {
	if a.step.Who == "" {
		return a.step.SQL
	}
	who, sql := actorOf(a.step.Who), a.step.SQL
	if a.reads {
		sql = inJSON(sql)
	}
	text := "set local request.jwt.claims = " + quote(who.claims) + "; "
	if who != owner {
		text += "set local role " + quote(who.role) + "; "
	}
	return text + sql
}

// inJSON makes a statement give each row as JSON, too.
func inJSON(sql string) string {
	return "select q.*, row_to_json(q)::text from (" + strings.TrimRight(sql, "; \n") + "\n) q"
}

// receive reads what the server says of one message: what each of its statements gave,
// and why it failed. The last column of rows is JSON where it has that.
func (p *oracle) receive(json bool) (list []outcome, failed error) {
	var o outcome
	for {
		msg, err := p.f.Receive()
		if err != nil {
			return nil, err
		}
		switch m := msg.(type) {
		case *pgproto3.RowDescription:
			for _, f := range m.Fields {
				o.columns = append(o.columns, string(f.Name))
			}
			if json {
				o.columns = o.columns[:len(m.Fields)-1]
			}
		case *pgproto3.DataRow:
			o.rows = append(o.rows, textRow(m.Values[:len(o.columns)]))
			if json {
				o.json = append(o.json, string(m.Values[len(o.columns)]))
			}
		case *pgproto3.CommandComplete:
			o.affected = pgconn.NewCommandTag(string(m.CommandTag)).RowsAffected()
			list, o = append(list, o), outcome{}
		case *pgproto3.ErrorResponse:
			failed = pgconn.ErrorResponseToPgError(m)
		case *pgproto3.ReadyForQuery:
			return list, failed
		}
	}
}

// failure is what a command came to.
func failure(o outcome, err error) outcome {
	if err == nil {
		return o
	}
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		return outcome{code: "lost", message: err.Error()}
	}
	return outcome{code: pe.Code, message: pe.Message, detail: pe.Detail, constraint: pe.ConstraintName}
}

// run runs one command as an actor.
func (p *oracle) run(who, sql string) (o outcome) {
	p.play(context.Background(), []act{{step: cases.Step{Who: who, SQL: sql}, reads: reads(sql)}}, func(list []outcome) { o = list[0] })
	return o
}
