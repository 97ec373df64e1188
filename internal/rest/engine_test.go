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

// driver opens SQLite, or Postgres below TestOnPostgres.
func driver(t testing.TB) (db.Driver, error) {
	ctx := context.Background()
	if !strings.HasPrefix(t.Name(), "TestOnPostgres/") {
		return sqlite.Open(ctx, sqlite.Config{Dir: t.TempDir(), Readers: 2})
	}
	name := fmt.Sprintf("rest%d", databases.Add(1))
	admin, err := pgconn.Connect(ctx, server.URL)
	if err != nil {
		return nil, err
	}
	creating.Lock()
	_, err = admin.Exec(ctx, "create database "+name).ReadAll()
	creating.Unlock()
	if err := errors.Join(err, admin.Close(ctx)); err != nil {
		return nil, err
	}
	return postgres.Open(ctx, postgres.Config{URL: strings.Replace(server.URL, "dbname=postgres", "dbname="+name, 1), Conns: 6})
}

// TestOnPostgres runs the room's transcripts on the other engine.
func TestOnPostgres(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*testing.T){
		"TestATableMayBeCalledBatch":  TestATableMayBeCalledBatch,
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
		"TestPolicies":                TestPolicies,
		"TestPoliciesOfEmbeds":        TestPoliciesOfEmbeds,
		"TestRead":                    TestRead,
		"TestReadEmbeds":              TestReadEmbeds,
		"TestReadErrors":              TestReadErrors,
		"TestReadHeaders":             TestReadHeaders,
		"TestRollback":                TestRollback,
		"TestRoot":                    TestRoot,
		"TestUpdateDelete":            TestUpdateDelete,
		"TestUpsert":                  TestUpsert,
	} {
		t.Run(name, test)
	}
}
