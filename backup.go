package plinth

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/plinth-dev/plinth/internal/backup"
	"github.com/plinth-dev/plinth/internal/server"
)

// Progress is told how far a long step is; total is 0 where nobody knows.
type Progress func(what string, done, total int64)

// OpenStandby opens the server where the data folder may lead. Otherwise it follows the
// one that leads, and calls following once, with its URL; it returns when that one is gone and this
// one has taken over.
func OpenStandby(ctx context.Context, cfg Config, following func(url string)) (*Server, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	s, err := server.OpenStandby(ctx, sc, func(addr net.Addr) {
		if following != nil {
			following(scheme(sc.Project.Config.Secure()) + "://" + addr.String())
		}
	})
	if err != nil {
		return nil, err
	}
	return &Server{s: s, project: sc.Project, listen: sc.Listen}, nil
}

// Backup puts a snapshot into the project's store of backups: of the SQLite file, which a
// server may be writing to, or by pg_dump. It returns lines for a person to read.
func Backup(ctx context.Context, cfg Config, tell Progress) ([]string, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	if sc.Database != "" {
		d, err := server.Dump(ctx, sc)
		return []string{fmt.Sprintf("%s  %d bytes  %s", d.Key, d.Bytes, d.At.Format(time.RFC3339))}, err
	}
	s, err := server.Backup(ctx, sc, backup.Progress(tell))
	return []string{fmt.Sprintf("%s  %d bytes  %s", s.Key, s.Bytes, s.At.Format(time.RFC3339Nano))}, err
}

// Backups lists what is in the store of backups, the oldest first.
func Backups(ctx context.Context, cfg Config) ([]string, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	list, err := server.Backups(ctx, sc)
	var out []string
	for _, s := range list {
		out = append(out, fmt.Sprintf("%s  generation %d  %d bytes", s.At.Format(time.RFC3339Nano), s.Place.Gen, s.Bytes))
	}
	if err != nil {
		return out, err
	}
	dumps, err := server.Dumps(ctx, sc)
	for _, d := range dumps {
		out = append(out, fmt.Sprintf("%s  dump of Postgres  %d bytes", d.At.Format(time.RFC3339Nano), d.Bytes))
	}
	return out, err
}

// VerifyBackups reads all of it and restores the newest state to a temporary folder. ok
// says that nothing is damaged.
func VerifyBackups(ctx context.Context, cfg Config, tell Progress) (lines []string, ok bool, err error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, false, err
	}
	if sc.Database != "" {
		return server.VerifyDumps(ctx, sc)
	}
	c, err := server.VerifyBackups(ctx, sc, backup.Progress(tell))
	for _, s := range c.Stretches {
		lines = append(lines, fmt.Sprintf("%s to %s  generation %d, %d segments", s.From.Format(time.RFC3339Nano), s.To.Format(time.RFC3339Nano), s.Gen, s.Segments))
	}
	for _, d := range c.Damaged {
		lines = append(lines, "damaged: "+d)
	}
	lines = append(lines, fmt.Sprintf("%d snapshots, %d segments, %d damaged", c.Snapshots, c.Segments, len(c.Damaged)))
	return lines, len(c.Damaged) == 0, err
}

// Restore makes the database of an empty data folder, or of an empty Postgres, as it was
// at a time; the zero time is the newest.
func Restore(ctx context.Context, cfg Config, to time.Time, tell Progress) ([]string, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	if sc.Database != "" {
		d, err := server.Undump(ctx, sc, to)
		return []string{fmt.Sprintf("restored the dump of %s", d.At.Format(time.RFC3339))}, err
	}
	r, err := server.Restore(ctx, sc, to, backup.Progress(tell))
	if err != nil {
		return nil, err
	}
	lines := []string{fmt.Sprintf("restored %s: the snapshot of %s and %d transactions", r.At.Format(time.RFC3339Nano), r.Snapshot.At.Format(time.RFC3339Nano), r.Txs)}
	if r.Gap {
		lines = append(lines, "note: commits between then and the time that was asked for were never shipped; the next snapshot has them")
	}
	for _, k := range r.Skipped {
		lines = append(lines, "note: a damaged snapshot was passed over: "+k)
	}
	if n := len(r.Missing); n > 0 {
		lines = append(lines, fmt.Sprintf("note: %d files have no copy; `plinth storage check` names them", n))
	}
	return lines, nil
}

// BaseBackup copies the whole Postgres server into a folder that is empty or not there, by
// pg_basebackup, and has pg_verifybackup check the copy where it is installed.
func BaseBackup(ctx context.Context, cfg Config, dir string, tell Progress) ([]string, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	verified, err := server.BaseBackup(ctx, sc, dir, backup.Progress(tell))
	return base(dir, verified), err
}

// VerifyBase checks a copy that BaseBackup made; ok says that it was checked.
func VerifyBase(ctx context.Context, dir string) (lines []string, ok bool, err error) {
	ok, err = server.VerifyBase(ctx, dir)
	return base(dir, ok), ok, err
}

func base(dir string, verified bool) []string {
	if verified {
		return []string{dir + "  every file as its manifest says, by pg_verifybackup"}
	}
	return []string{dir + "  not verified: pg_verifybackup is not installed"}
}

// CheckArchive says whether Postgres keeps what a restore to a point in time needs.
func CheckArchive(ctx context.Context, cfg Config) (lines []string, ok bool, err error) {
	sc, err := resolve(cfg)
	if err != nil {
		return nil, false, err
	}
	return server.CheckArchive(ctx, sc)
}
