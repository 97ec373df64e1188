package plinth

import (
	"context"
	"fmt"
	"time"

	"github.com/plinth-dev/plinth/internal/server"
)

// FilesReport is what CheckFiles found.
type FilesReport struct {
	Lines []string // for a person to read
	Agree bool     // rows and bytes agree, or do now
}

// CheckFiles compares the rows of files with their bytes. With repair, bytes without a
// row go, and rows without their bytes; bytes younger than grace are left alone.
func CheckFiles(ctx context.Context, cfg Config, repair bool, grace time.Duration) (FilesReport, error) {
	sc, err := resolve(cfg)
	if err != nil {
		return FilesReport{}, err
	}
	r, err := server.CheckFiles(ctx, sc, server.FilesCheck{Repair: repair, Grace: grace})
	out := FilesReport{Agree: err == nil && (r.Agree() || r.Repaired)}
	add := func(format string, args ...any) { out.Lines = append(out.Lines, fmt.Sprintf(format, args...)) }
	add("%d files, %d blobs of %d bytes, %d rendered pictures", r.Objects, r.Blobs, r.Bytes, r.Rendered)
	did := ""
	if r.Repaired {
		did = ", removed"
	}
	if r.Orphaned > 0 {
		add("%d blobs without a row%s", r.Orphaned, did)
	}
	for _, k := range r.Orphans {
		add("  %s", k)
	}
	if r.Lost > 0 {
		add("%d files without their bytes%s", r.Lost, did)
	}
	for _, name := range r.Missing {
		add("  %s", name)
	}
	return out, err
}
