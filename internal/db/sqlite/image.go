package sqlite

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/plinth-dev/plinth/internal/fault"
)

// unfinished is where an image lies until it is whole.
const unfinished = File + ".new"

// begin lays the image where there is no database yet. It gets its name when it is whole
// and on the disk, so that a start that is killed leaves all of it or nothing. What SQLite
// keeps beside a database would be taken for the image's: then there is none.
func (c Config) begin() error {
	if c.Image == nil {
		return nil
	}
	for _, beside := range []string{"", "-wal", "-journal"} {
		if _, err := os.Lstat(filepath.Join(c.Dir, File+beside)); !errors.Is(err, fs.ErrNotExist) {
			return nil // SQLite says what is wrong with it
		}
	}
	err := c.lay()
	if err != nil {
		return fault.New(fault.Unavailable, "58030", "could not make the database").WithDetail(err.Error()).WithCause(err)
	}
	return nil
}

func (c Config) lay() (err error) {
	image, err := c.Image()
	if err != nil {
		return err
	}
	path := filepath.Join(c.Dir, unfinished)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644) // SQLite's own mode
	if err != nil {
		return err
	}
	_, err = io.Copy(f, image)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	if err := os.Rename(path, filepath.Join(c.Dir, File)); err != nil {
		return err
	}
	return syncDir(c.Dir)
}

// syncDir makes the names in a folder durable; where a folder can't be flushed, the system
// does so by itself.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}
