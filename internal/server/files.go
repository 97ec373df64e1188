package server

import (
	"context"
	"errors"
	"time"

	"github.com/plinth-dev/plinth/internal/storage"
)

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
	blobs, err := cfg.openBlobs(ctx)
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
