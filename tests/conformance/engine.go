package conformance

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/tests/pgserver"
)

// Fixture is a database with the data of the specification in it.
type Fixture struct {
	DB      *db.DB
	Plain   *db.DB // the same without prepared statements; DB where the engine has none
	Refused []Refusal
	Close   func() error
}

// OpenSQLite loads the fixture in data into a SQLite file in dir.
func OpenSQLite(ctx context.Context, data, dir string, log *slog.Logger) (*Fixture, error) {
	drv, err := sqlite.Open(ctx, sqlite.Config{Dir: dir, Log: log})
	if err != nil {
		return nil, err
	}
	d := db.New(drv)
	refused, err := Load(data, func(s Step) error {
		_, err := d.Script(ctx, db.Script{File: s.File, SQL: "set search_path = " + s.Path + ";" + s.Checks + s.SQL})
		return err
	})
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return &Fixture{DB: d, Plain: d, Refused: refused, Close: d.Close}, nil
}

// OpenPostgres starts a server, loads the fixture in data as a superuser, the way psql
// would, and opens the database after that.
func OpenPostgres(ctx context.Context, data string, log *slog.Logger) (*Fixture, error) {
	srv, err := pgserver.Start(ctx)
	if err != nil {
		return nil, err
	}
	f := &Fixture{Close: srv.Stop}
	if err := f.fill(ctx, srv.URL, data); err != nil {
		return nil, errors.Join(err, srv.Stop())
	}
	for _, c := range []struct {
		at     **db.DB
		pooler bool
	}{{&f.DB, false}, {&f.Plain, true}} {
		drv, err := postgres.Open(ctx, postgres.Config{URL: srv.URL, Log: log, Conns: 4, Pooler: c.pooler})
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		*c.at = db.New(drv)
		before := f.Close
		f.Close = func() error { return errors.Join((*c.at).Close(), before()) }
	}
	return f, nil
}

// noPostGIS is what a test says where the server lacks it.
const noPostGIS = "no PostGIS found: apt-get install -y postgresql-15-postgis-3"

func (f *Fixture) fill(ctx context.Context, url, data string) (err error) {
	c, err := pgconn.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	res, err := c.Exec(ctx, "create role authenticator noinherit; select from pg_available_extensions where name = 'postgis'").ReadAll()
	if err != nil {
		return err
	}
	if len(res[1].Rows) == 0 {
		return errors.New(noPostGIS)
	}
	// The fixture reads a file that it writes; no other run may write the same one.
	dir, err := os.MkdirTemp("", "conformance")
	if err != nil {
		return err
	}
	closed := f.Close
	f.Close = func() error { return errors.Join(closed(), os.RemoveAll(dir)) }
	if err := os.Chmod(dir, 0o777); err != nil {
		return err
	}
	f.Refused, err = Load(data, func(s Step) error {
		sql := strings.ReplaceAll(s.SQL, "'/tmp/", "'"+filepath.ToSlash(dir)+"/")
		_, err := c.Exec(ctx, "set search_path = "+s.Path+";"+s.Checks+sql).ReadAll()
		return err
	})
	if err == nil { // the planner's guesses are among what is asked for
		_, err = c.Exec(ctx, "analyze").ReadAll()
	}
	return err
}
