// Package tool runs Postgres' own programs, which reach a database by their environment,
// and says whether a server archives what a restore to a point in time needs.
package tool

import (
	"context"
	"regexp"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

var kept = map[string]*regexp.Regexp{
	"PGSSLMODE":     regexp.MustCompile(`\bsslmode=([a-z-]+)`),
	"PGSSLROOTCERT": regexp.MustCompile(`\bsslrootcert=([^&\s]+)`),
}

// Environment returns the variables by which Postgres' programs reach the database of a
// URL; a password stands in no argument so.
func Environment(url string) ([]string, string, error) {
	c, err := pgconn.ParseConfig(url)
	if err != nil {
		return nil, "", err
	}
	env := []string{
		"PGHOST=" + c.Host, "PGPORT=" + strconv.Itoa(int(c.Port)), "PGUSER=" + c.User,
		"PGPASSWORD=" + c.Password, "PGDATABASE=" + c.Database, "PGCONNECT_TIMEOUT=10",
	}
	for name, find := range kept {
		if m := find.FindStringSubmatch(url); m != nil {
			env = append(env, name+"="+m[1])
		}
	}
	return env, c.Database, nil
}

// Archive is what a server says of its archive.
type Archive struct {
	Level, Mode      string // wal_level, archive_mode
	Set              bool   // there is a command or a library that archives
	Archived         int
	Last             string // segment
	Failing          bool   // the last attempt failed
	Fsync, FullPages bool
	Version          string
}

const sqlArchive = `select current_setting('wal_level'), current_setting('archive_mode'),
 coalesce(nullif(nullif(current_setting('archive_command', true), ''), '(disabled)'), current_setting('archive_library', true), '') <> '',
 archived_count, coalesce(last_archived_wal, 'none'),
 coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false),
 current_setting('fsync') = 'on', current_setting('full_page_writes') = 'on', current_setting('server_version') from pg_stat_archiver`

// ArchiveOf asks the server of a URL.
func ArchiveOf(ctx context.Context, url string) (Archive, error) {
	c, err := pgconn.Connect(ctx, url)
	if err != nil {
		return Archive{}, err
	}
	defer c.Close(context.WithoutCancel(ctx))
	r := c.ExecParams(ctx, sqlArchive, nil, nil, nil, nil).Read()
	if r.Err != nil {
		return Archive{}, r.Err
	}
	v := r.Rows[0]
	n, err := strconv.Atoi(string(v[3]))
	return Archive{
		Level: string(v[0]), Mode: string(v[1]), Set: string(v[2]) == "t", Archived: n, Last: string(v[4]),
		Failing: string(v[5]) == "t", Fsync: string(v[6]) == "t", FullPages: string(v[7]) == "t", Version: string(v[8]),
	}, err
}
