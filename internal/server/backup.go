package server

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/plinth-dev/plinth/internal/backup"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/fault"
)

var errOccupied = fault.New(fault.Conflict, "restore_occupied", "there is a database in the data folder").
	WithHint("Name a new folder with --data, or move that one away first.")

// Backup puts a snapshot of the SQLite database, which a server may be writing to, into
// the store of backups.
func Backup(ctx context.Context, c Config, tell backup.Progress) (backup.Snapshot, error) {
	v, err := c.openVault(ctx)
	if err != nil {
		return backup.Snapshot{}, err
	}
	defer v.Close()
	p, err := sqlite.OpenPages(c.Data)
	if err != nil {
		return backup.Snapshot{}, err
	}
	defer p.Close()
	at := time.Now()
	if c.Project.Config.Plinth.Backup.Files {
		files, err := c.openFiles(ctx)
		if err != nil {
			return backup.Snapshot{}, err
		}
		defer files.Close()
		// The moment was fixed before: what its rows name is there, or was deleted since.
		if err := backup.SaveFiles(ctx, files, v, tell); err != nil {
			return backup.Snapshot{}, err
		}
	}
	return backup.Take(ctx, v, at, p, tell)
}

// Backups lists the snapshots.
func Backups(ctx context.Context, c Config) ([]backup.Snapshot, error) {
	v, err := c.openVault(ctx)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	return backup.Snapshots(ctx, v)
}

// VerifyBackups reads everything in the store of backups, and restores the newest to a
// temporary folder to look at it.
func VerifyBackups(ctx context.Context, c Config, tell backup.Progress) (backup.Check, error) {
	v, err := c.openVault(ctx)
	if err != nil {
		return backup.Check{}, err
	}
	defer v.Close()
	out, err := backup.Verify(ctx, v, tell)
	if err != nil || out.Snapshots == 0 {
		return out, errors.Join(err, backup.ErrNone)
	}
	dir, err := os.MkdirTemp("", "plinth-verify-")
	if err != nil {
		return out, err
	}
	defer os.RemoveAll(dir)
	if _, err = restoreInto(ctx, v, dir, time.Time{}, tell); err != nil {
		out.Damaged = append(out.Damaged, "the newest state: "+fault.From(err).Error())
	}
	return out, nil
}

// Restored says what Restore made.
type Restored struct {
	backup.Restored
	Files   int
	Missing []string // files of which there is no copy
}

// Restore makes the database of the data folder, as it was at a time, and brings its
// files. Nothing is at its place before all of it was checked.
func Restore(ctx context.Context, c Config, to time.Time, tell backup.Progress) (Restored, error) {
	var out Restored
	path := filepath.Join(c.Data, sqlite.File)
	if _, err := os.Stat(path); err == nil {
		return out, errOccupied
	}
	v, err := c.openVault(ctx)
	if err != nil {
		return out, err
	}
	defer v.Close()
	newest, err := backup.NewestGen(ctx, v)
	if err != nil {
		return out, err
	}
	dir := filepath.Join(c.Data, "restoring")
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return out, err
	}
	defer os.RemoveAll(dir)
	if out.Restored, err = restoreInto(ctx, v, dir, to, tell); err != nil {
		return out, err
	}
	if c.Project.Config.Plinth.Backup.Files {
		if out.Missing, err = c.bringFiles(ctx, v, dir, tell); err != nil {
			return out, err
		}
	}
	o, err := c.owner()
	if err != nil {
		return out, err
	}
	o.After = newest
	if err := c.setOwner(o); err != nil {
		return out, err
	}
	return out, os.Rename(filepath.Join(dir, sqlite.File), path)
}

func restoreInto(ctx context.Context, v vault, dir string, to time.Time, tell backup.Progress) (backup.Restored, error) {
	f, err := os.OpenFile(filepath.Join(dir, sqlite.File), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return backup.Restored{}, err
	}
	out, err := backup.Restore(ctx, v, to, f, tell)
	if err = errors.Join(err, f.Close()); err != nil {
		return out, err
	}
	if tell != nil {
		tell("check", 0, 0)
	}
	return out, sqlite.Examine(dir)
}

// sqlBlobs are the blobs that the rows of files name, in SQLite's own words.
const sqlBlobs = `select version from "storage.objects" where version is not null union select version from "storage.upload_parts"`

// bringFiles copies the files that the database of a folder names.
func (c Config) bringFiles(ctx context.Context, v vault, dir string, tell backup.Progress) ([]string, error) {
	if there, err := sqlite.Texts(dir, `select name from sqlite_master where name in ('storage.objects', 'storage.upload_parts')`); err != nil || len(there) < 2 {
		return nil, err
	}
	keys, err := sqlite.Texts(dir, sqlBlobs)
	if err != nil {
		return nil, err
	}
	files, err := c.openFiles(ctx)
	if err != nil {
		return nil, err
	}
	missing, err := backup.RestoreFiles(ctx, v, files, keys, tell)
	return missing, errors.Join(err, files.Close())
}
