package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/backup"
	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/db/postgres/tool"
	"github.com/plinth-dev/plinth/internal/fault"
)

// Postgres has its own tools, and they are the ones that are used.

// Dump puts a dump of the Postgres database, by pg_dump, into the store of backups.
func Dump(ctx context.Context, c Config) (backup.Dump, error) {
	v, err := c.openVault(ctx)
	if err != nil {
		return backup.Dump{}, err
	}
	defer v.Close()
	var text bytes.Buffer
	cmd, err := tool.Command(ctx, c.Database, "pg_dump", "--format=custom", "--no-password")
	if err != nil {
		return backup.Dump{}, err
	}
	cmd.Stderr = &text
	out, err := cmd.StdoutPipe()
	if err != nil {
		return backup.Dump{}, err
	}
	if err := cmd.Start(); err != nil {
		return backup.Dump{}, tool.Fault("pg_dump", err, text.String())
	}
	d, err := backup.PutDump(ctx, v, time.Now(), &ending{out, cmd, &text})
	if err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // its end is known from the reader
	}
	return d, err
}

// ending is a program's output, whose end counts only if the program succeeded.
type ending struct {
	io.Reader
	cmd  *exec.Cmd
	said *bytes.Buffer
}

func (e *ending) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p)
	if err != io.EOF {
		return n, err
	}
	if werr := e.cmd.Wait(); werr != nil {
		return n, tool.Fault("pg_dump", werr, e.said.String())
	}
	return n, io.EOF
}

// Dumps lists the dumps in the store of backups.
func Dumps(ctx context.Context, c Config) ([]backup.Dump, error) {
	v, err := c.openVault(ctx)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	return backup.Dumps(ctx, v)
}

// Undump restores the newest dump from before a time into an empty database, all of it
// or nothing.
func Undump(ctx context.Context, c Config, to time.Time) (backup.Dump, error) {
	v, err := c.openVault(ctx)
	if err != nil {
		return backup.Dump{}, err
	}
	defer v.Close()
	list, err := backup.Dumps(ctx, v)
	if err != nil {
		return backup.Dump{}, err
	}
	for n := len(list) - 1; n >= 0; n-- {
		if d := list[n]; to.IsZero() || !d.At.After(to) {
			return d, fetched(ctx, v, d, func(path string) error {
				_, err := tool.Run(ctx, c.Database, "pg_restore", "--dbname", "--exit-on-error", "--single-transaction", "--no-password", path)
				return err
			})
		}
	}
	return backup.Dump{}, backup.ErrNone
}

// fetched gives a dump as a file, once its sum was compared.
func fetched(ctx context.Context, v blob.Store, d backup.Dump, fn func(path string) error) error {
	f, err := os.CreateTemp("", "plinth-dump-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = backup.GetDump(ctx, v, d, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return fn(f.Name())
}

// VerifyDumps compares all sums, and lets pg_restore read the table of contents of each.
func VerifyDumps(ctx context.Context, c Config) (lines []string, ok bool, err error) {
	v, err := c.openVault(ctx)
	if err != nil {
		return nil, false, err
	}
	defer v.Close()
	list, err := backup.Dumps(ctx, v)
	if err == nil && len(list) == 0 {
		err = backup.ErrNone
	}
	ok = true
	for _, d := range list {
		ferr := fetched(ctx, v, d, func(path string) error {
			out, err := tool.Run(ctx, c.Database, "pg_restore", "--list", path)
			if err != nil {
				return err
			}
			lines = append(lines, fmt.Sprintf("%s  %d entries", d.At.Format(time.RFC3339Nano), strings.Count(out, "\n")))
			return nil
		})
		if ferr != nil {
			ok = false
			lines = append(lines, fmt.Sprintf("damaged: %s: %s", d.Key, fault.From(ferr).Error()))
		}
	}
	return lines, ok, err
}

// BaseBackup copies the Postgres server into a folder, by pg_basebackup, and has the copy
// checked. verified is not ok where pg_verifybackup is not here.
func BaseBackup(ctx context.Context, c Config, dir string, tell backup.Progress) (verified bool, err error) {
	if c.Database == "" {
		return false, errNoPostgres
	}
	err = tool.Base(ctx, c.Database, dir, func(done, total int64) {
		if tell != nil {
			tell("copying, KB", done, total)
		}
	})
	if err != nil {
		return false, err
	}
	return VerifyBase(ctx, dir)
}

// VerifyBase checks a copy that BaseBackup made.
func VerifyBase(ctx context.Context, dir string) (verified bool, err error) {
	if err = tool.VerifyBase(ctx, dir); errors.Is(err, tool.ErrNoVerifier) {
		return false, nil
	}
	return err == nil, err
}

var errNoPostgres = fault.New(fault.Invalid, "no_postgres", "this is about a Postgres: name it with --db")

// CheckArchive asks Postgres for what a restore to a point in time needs.
func CheckArchive(ctx context.Context, c Config) (lines []string, ok bool, err error) {
	if c.Database == "" {
		return nil, false, errNoPostgres
	}
	a, err := tool.ArchiveOf(ctx, c.Database)
	if err != nil {
		return nil, false, err
	}
	ok = true
	note := func(good bool, format string, args ...any) {
		mark := "ok    "
		if !good {
			mark, ok = "WRONG ", false
		}
		lines = append(lines, mark+fmt.Sprintf(format, args...))
	}
	note(a.Level != "minimal", "wal_level is %s", a.Level)
	note(a.Mode != "off", "archive_mode is %s", a.Mode)
	note(a.Set, "archive_command or archive_library is set: %t", a.Set)
	note(a.Archived > 0, "%d segments archived, the last %s", a.Archived, a.Last)
	note(!a.Failing, "the last attempt to archive succeeded: %t", !a.Failing)
	note(a.FullPages, "full_page_writes is on: %t", a.FullPages)
	note(a.Fsync, "fsync is on: %t", a.Fsync)
	return lines, ok, nil
}
