package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/storage"
)

const sqlBucket = `insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
 values ($1, $1, $2::boolean, $3::bigint, $4::text[])
 on conflict (id) do update set public = excluded.public, file_size_limit = excluded.file_size_limit,
 allowed_mime_types = excluded.allowed_mime_types, updated_at = now()`

// buckets makes, in dev, the buckets that config.toml names, and gives those that are
// there its settings.
func (s *Server) buckets(ctx context.Context) error {
	list := s.cfg.Project.Config.Storage.Buckets
	if !s.cfg.Dev || len(list) == 0 {
		return nil
	}
	_, err := s.db.Write(ctx, db.Owner, func(tx *db.Tx) error {
		for name, b := range list {
			var limit, mimes any
			if b.FileSizeLimit > 0 {
				limit = int64(b.FileSizeLimit)
			}
			if len(b.MimeTypes) > 0 {
				mimes = b.MimeTypes
			}
			if _, err := tx.Exec(ctx, sqlBucket, name, b.Public, limit, mimes); err != nil {
				return fmt.Errorf("storage.buckets.%s: %w", name, err)
			}
		}
		return nil
	})
	return err
}

// FilesCheck says how files are to be checked.
type FilesCheck struct {
	Repair bool
	Grace  time.Duration // bytes that are younger may belong to an upload under way
}

var errNoBytes = errors.New("no row has its bytes: is this the store that the files were put into? Nothing was repaired")

// CheckFiles compares the rows of files with their bytes, and repairs what disagrees
// when it is told to.
func CheckFiles(ctx context.Context, cfg Config, how FilesCheck) (storage.Report, error) {
	w, err := Live(ctx, cfg)
	if err != nil {
		return storage.Report{}, err
	}
	blobs, err := cfg.openFiles(ctx)
	if err != nil {
		return storage.Report{}, errors.Join(err, w.Close())
	}
	check := storage.CheckConfig{DB: w.DB, Blobs: blobs, Grace: how.Grace, Now: time.Now}
	rep, err := storage.Check(ctx, check)
	if err == nil && how.Repair && !rep.Agree() {
		if rep.Lost == rep.Objects && rep.Lost > 1 {
			err = errNoBytes
		} else {
			check.Repair = true
			rep, err = storage.Check(ctx, check)
		}
	}
	return rep, errors.Join(err, blobs.Close(), w.Close())
}
