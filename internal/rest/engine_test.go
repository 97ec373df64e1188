package rest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/rest"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

var (
	server    *pgserver.Server
	databases atomic.Int32
	creating  sync.Mutex // CREATE DATABASE copies a template that nobody may be using
)

func TestMain(m *testing.M) {
	srv, err := pgserver.Start(context.Background(), "max_connections=200")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server = srv
	code := m.Run()
	_ = srv.Stop()
	os.Exit(code)
}

// database opens SQLite, or Postgres below TestOnPostgres, with the schema and rows of
// testdata.
func database(t testing.TB) (*db.DB, error) {
	ctx := context.Background()
	if !strings.HasPrefix(t.Name(), "TestOnPostgres/") {
		drv, err := sqlite.Open(ctx, sqlite.Config{Dir: t.TempDir(), Readers: 2})
		if err != nil {
			return nil, err
		}
		d := db.New(drv)
		return d, fill(d)
	}
	creating.Lock()
	defer creating.Unlock()
	n := databases.Add(1)
	if n == 1 {
		d, err := postgresDB(ctx, "filled", "template1")
		if err == nil {
			err = errors.Join(fill(d), d.Close())
		}
		if err != nil {
			return nil, err
		}
	}
	return postgresDB(ctx, fmt.Sprintf("rest%d", n), "filled")
}

// postgresDB makes a database of a template.
func postgresDB(ctx context.Context, name, template string) (*db.DB, error) {
	admin, err := pgconn.Connect(ctx, server.URL)
	if err != nil {
		return nil, err
	}
	_, err = admin.Exec(ctx, "create database "+name+" template "+template).ReadAll()
	if err := errors.Join(err, admin.Close(ctx)); err != nil {
		return nil, err
	}
	drv, err := postgres.Open(ctx, postgres.Config{URL: strings.Replace(server.URL, "dbname=postgres", "dbname="+name, 1), Conns: 6})
	if err != nil {
		return nil, err
	}
	return db.New(drv), nil
}

// fill makes the room's own table, and what testdata has.
func fill(d *db.DB) error {
	scripts := []db.Script{{File: "own", SQL: "create schema if not exists plinth;\n" + rest.Schema, Adopt: true}}
	for _, file := range []string{"testdata/schema.sql", "testdata/data.sql"} {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		scripts = append(scripts, db.Script{File: file, SQL: string(text)})
	}
	for _, sc := range scripts {
		if _, err := d.Script(context.Background(), sc); err != nil {
			f := fault.From(err)
			return fmt.Errorf("%s: %w %s %s", sc.File, f, f.Detail, f.Hint)
		}
	}
	return nil
}

// roleSettings guards what roles are set to: the databases of a Postgres server share it,
// and with it the tests that run side by side.
var roleSettings sync.RWMutex

// TestOnPostgres runs the room's transcripts on the other engine.
func TestOnPostgres(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*testing.T){
		"FunctionTimeout":             functionTimeout,
		"LooseRecords":                looseRecords,
		"TestATableMayBeCalledBatch":  TestATableMayBeCalledBatch,
		"TestAccord":                  TestAccord,
		"TestAggregates":              TestAggregates,
		"TestEveryCode":               TestEveryCode,
		"TestEveryOperator":           TestEveryOperator,
		"TestEveryState":              TestEveryState,
		"TestGrammar":                 TestGrammar,
		"TestBatch":                   TestBatch,
		"TestBatchBindsValues":        TestBatchBindsValues,
		"TestBatchErrors":             TestBatchErrors,
		"TestBatchIsAllOrNothing":     TestBatchIsAllOrNothing,
		"TestBatchIsOnce":             TestBatchIsOnce,
		"TestBatchUnderPolicies":      TestBatchUnderPolicies,
		"TestCall":                    TestCall,
		"TestCursorAnswers":           TestCursorAnswers,
		"TestCursors":                 TestCursors,
		"TestCursorsWhileRowsArrive":  TestCursorsWhileRowsArrive,
		"TestIdempotency":             TestIdempotency,
		"TestIdempotencyEnds":         TestIdempotencyEnds,
		"TestIdempotencyOfManyAtOnce": TestIdempotencyOfManyAtOnce,
		"TestInsert":                  TestInsert,
		"PlanOfPostgres":              planOfPostgres,
		"TestPlan":                    TestPlan,
		"TestPolicies":                TestPolicies,
		"TestPoliciesOfEmbeds":        TestPoliciesOfEmbeds,
		"TestRead":                    TestRead,
		"TestReadEmbeds":              TestReadEmbeds,
		"TestReadErrors":              TestReadErrors,
		"TestReadHeaders":             TestReadHeaders,
		"TestRootKinds":               TestRootKinds,
		"TestRollback":                TestRollback,
		"TestRoot":                    TestRoot,
		"TestBounds":                  TestBounds,
		"TestStatementTimeout":        TestStatementTimeout,
		"TestUpdateDelete":            TestUpdateDelete,
		"TestUpsert":                  TestUpsert,
	} {
		t.Run(name, test)
	}
}

// functionTimeout: the limit that a function sets itself holds for its call, and for
// nothing after it on the same connection.
func functionTimeout(t *testing.T) {
	a := open(t, nil)
	a.script(`create function slow() returns int language sql volatile set statement_timeout = '50ms' as 'select 1 from pg_sleep(5)';
		create function calm() returns text language sql stable as $$ select current_setting('statement_timeout') $$`)
	a.run([]step{
		{line: "POST /rpc/slow", body: `{}`, status: 500, answer: `{"code":"57014","details":null,"hint":null,"message":"canceling statement due to statement timeout"}`},
		{line: "GET /rpc/calm", status: 200, answer: `"0"`},
	})
}
