package storage_test

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

	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/blob/disk"
	"github.com/plinth-dev/plinth/internal/blob/s3"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/tests/pgserver"
	"github.com/plinth-dev/plinth/tests/s3server"
)

// The tests run on SQLite and a disk. TestOnPostgresAndS3 runs them again over there.
const elsewhere = "TestOnPostgresAndS3"

func TestOnPostgresAndS3(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"TestTranscripts": TestTranscripts, "TestResumable": TestResumable, "TestResumableIsRefused": TestResumableIsRefused,
		"TestCreationWithUploadAndDeferredLength": TestCreationWithUploadAndDeferredLength, "TestConcatenation": TestConcatenation,
		"TestTerminationAndExpiration": TestTerminationAndExpiration, "TestChecksums": TestChecksums, "TestACutUploadGoesOn": TestACutUploadGoesOn,
		"TestRacesOnOneKey": TestRacesOnOneKey, "TestADeleteLeavesReadersAlone": TestADeleteLeavesReadersAlone, "TestRender": TestRender, "TestPurge": TestPurge,
		"TestTriggersOnObjects": TestTriggersOnObjects, "TestTooLargeIsRefusedOnTheWay": TestTooLargeIsRefusedOnTheWay, "TestAnUploadThatDiesLeavesNeitherRowNorBytes": TestAnUploadThatDiesLeavesNeitherRowNorBytes,
	} {
		t.Run(name, test)
	}
}

// there is what runs elsewhere, once somebody asks for it.
var there struct {
	sync.Once
	pg  *pgserver.Server
	s3  *s3server.Server
	err error
}

var databases, prefixes atomic.Int64

func TestMain(m *testing.M) {
	code := m.Run()
	if there.pg != nil {
		there.pg.Stop()
	}
	if there.s3 != nil {
		there.s3.Stop()
	}
	os.Exit(code)
}

func startElsewhere(t testing.TB) {
	t.Helper()
	there.Do(func() {
		if there.pg, there.err = pgserver.Start(context.Background()); there.err == nil {
			there.s3, there.err = s3server.Start(context.Background(), "")
		}
	})
	if there.err != nil {
		t.Fatal(there.err)
	}
}

// driver is the engine of a test: an SQLite file in dir, or a new database over there.
func driver(t testing.TB, dir string) (db.Driver, error) {
	t.Helper()
	ctx := context.Background()
	if !strings.HasPrefix(t.Name(), elsewhere+"/") {
		return sqlite.Open(ctx, sqlite.Config{Dir: dir})
	}
	startElsewhere(t)
	name := fmt.Sprintf("files%d", databases.Add(1))
	admin, err := pgconn.Connect(ctx, there.pg.URL)
	if err != nil {
		return nil, err
	}
	_, err = admin.Exec(ctx, "create database "+name).ReadAll()
	if err := errors.Join(err, admin.Close(ctx)); err != nil {
		return nil, err
	}
	return postgres.Open(ctx, postgres.Config{URL: strings.Replace(there.pg.URL, "dbname=postgres", "dbname="+name, 1), Conns: 4})
}

// blobs is the place of a test's bytes: dir, or a prefix of its own over there.
func blobs(t testing.TB, dir string) blob.Store {
	t.Helper()
	if !strings.HasPrefix(t.Name(), elsewhere+"/") {
		s, err := disk.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	startElsewhere(t)
	s, err := s3.Open(t.Context(), s3.Config{
		Endpoint: there.s3.Endpoint, Bucket: there.s3.Bucket, AccessKey: there.s3.AccessKey, SecretKey: token.Secret(there.s3.SecretKey),
		Prefix: fmt.Sprintf("t%d/", prefixes.Add(1)), Spool: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
