package sqlite

import (
	"context"
	"os"
	"path/filepath"

	"github.com/plinth-dev/plinth/internal/db"
)

// Stats tells how the engine fares. It implements db.Gauged.
func (d *Driver) Stats(context.Context) db.Stats {
	s := db.Stats{Engine: "sqlite", Queue: d.writer.Waiting(), UnreadBytes: -1}
	s.Busy, s.Open, s.Limit, s.Waits = d.pool.Use()
	s.Commits, s.Batches = d.writer.Commits()
	path := filepath.Join(d.cfg.Dir, File)
	s.FileBytes, s.WALBytes = size(path), size(path+"-wal")
	return s
}

// size is 0 for a file that is not there: the log of a database that was just opened.
func size(path string) int64 {
	st, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return st.Size()
}
