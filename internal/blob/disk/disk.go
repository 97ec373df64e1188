package disk

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
)

const (
	dataDir = "data" // below the folder
	temp    = "."    // begins the names of files that are not finished; no key begins so
)

// Store is a folder of blobs.
type Store struct{ root *os.Root }

// Open returns the store in dir, which is made where it is missing.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, dataDir), 0o700); err != nil {
		return nil, fmt.Errorf("disk: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("disk: %w", err)
	}
	return &Store{root}, nil
}

// Close lets go of the folder.
func (s *Store) Close() error { return s.root.Close() }

// place returns the folder and the file of key.
func place(key string) (dir, file string, err error) {
	if err := blob.CheckKey(key); err != nil {
		return "", "", err
	}
	h := fnv.New32a()
	h.Write([]byte(key))
	dir = fmt.Sprintf("%s/%02x", dataDir, byte(h.Sum32()))
	return dir, dir + "/" + key, nil
}

// Get returns the bytes of rng; the reader is a file, which the kernel can send.
func (s *Store) Get(_ context.Context, key string, rng blob.Range) (io.ReadCloser, error) {
	_, name, err := place(key)
	if err != nil {
		return nil, err
	}
	f, err := s.root.Open(name)
	if err != nil {
		return nil, explain(err)
	}
	st, err := f.Stat()
	if err == nil && (rng.Offset < 0 || rng.Offset > 0 && rng.Offset >= st.Size()) {
		err = blob.ErrRange
	}
	if err == nil && rng.Offset > 0 {
		_, err = f.Seek(rng.Offset, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, explain(err)
	}
	if rng.Length <= 0 {
		return f, nil
	}
	return &part{io.LimitedReader{R: f, N: rng.Length}, f}, nil
}

// part is a bounded reader of a file. WriteTo hands the file's own type on, so that
// a socket can take the bytes without a copy through this process.
type part struct {
	io.LimitedReader
	f *os.File
}

func (p *part) Close() error { return p.f.Close() }

// WriteTo copies what is left of the part.
func (p *part) WriteTo(w io.Writer) (int64, error) {
	n, err := io.CopyN(w, p.f, p.N)
	p.N -= n
	if err == io.EOF {
		err = nil
	}
	return n, err
}

// Stat returns size and time of a blob.
func (s *Store) Stat(_ context.Context, key string) (blob.Info, error) {
	_, name, err := place(key)
	if err != nil {
		return blob.Info{}, err
	}
	st, err := s.root.Stat(name)
	if err != nil {
		return blob.Info{}, explain(err)
	}
	return blob.Info{Key: key, Size: st.Size(), Modified: st.ModTime()}, nil
}

// Delete removes blobs.
func (s *Store) Delete(ctx context.Context, keys ...string) error {
	for _, key := range keys {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, name, err := place(key)
		if err != nil {
			return err
		}
		if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return explain(err)
		}
	}
	return nil
}

// Tidy removes temporary files that nobody has written to since before.
func (s *Store) Tidy(ctx context.Context, before time.Time) error {
	for dir, err := range s.entries(dataDir) {
		if err == nil {
			err = s.tidyDir(ctx, dataDir+"/"+dir.Name(), before)
		}
		if err != nil {
			return explain(err)
		}
	}
	return nil
}

func (s *Store) tidyDir(ctx context.Context, dir string, before time.Time) error {
	for e, err := range s.entries(dir) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if !strings.HasPrefix(e.Name(), temp) {
			continue
		}
		st, err := e.Info()
		if err != nil || !st.ModTime().Before(before) {
			continue
		}
		if err := s.root.Remove(dir + "/" + e.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func tempName(dir string) string {
	var raw [12]byte
	rand.Read(raw[:]) // never fails
	return dir + "/" + temp + hex.EncodeToString(raw[:])
}
