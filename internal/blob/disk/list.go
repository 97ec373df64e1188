package disk

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"strings"

	"github.com/plinth-dev/plinth/internal/blob"
)

// batch is how many entries of a folder are read at once.
const batch = 256

// List yields the blobs whose keys begin with prefix.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[blob.Info, error] {
	return func(yield func(blob.Info, error) bool) {
		for dir, err := range s.entries(dataDir) {
			if err != nil {
				yield(blob.Info{}, explain(err))
				return
			}
			if !s.listDir(ctx, dataDir+"/"+dir.Name(), prefix, yield) {
				return
			}
		}
	}
}

// listDir yields one folder's blobs; false ends the list.
func (s *Store) listDir(ctx context.Context, dir, prefix string, yield func(blob.Info, error) bool) bool {
	for e, err := range s.entries(dir) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			yield(blob.Info{}, explain(err))
			return false
		}
		if !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), prefix) || strings.HasPrefix(e.Name(), temp) {
			continue
		}
		st, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) { // deleted meanwhile
			continue
		}
		if err != nil {
			yield(blob.Info{}, explain(err))
			return false
		}
		if !yield(blob.Info{Key: e.Name(), Size: st.Size(), Modified: st.ModTime()}, nil) {
			return false
		}
	}
	return true
}

// entries yields a folder's entries without holding more than a batch of them.
func (s *Store) entries(dir string) iter.Seq2[fs.DirEntry, error] {
	return func(yield func(fs.DirEntry, error) bool) {
		f, err := s.root.Open(dir)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		for {
			list, err := f.ReadDir(batch)
			for _, e := range list {
				if !yield(e, nil) {
					return
				}
			}
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}
