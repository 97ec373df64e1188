package disk

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"

	"github.com/plinth-dev/plinth/internal/blob"
)

const bufferSize = 128 << 10

// buffers are lent to puts: a large one saves system calls, and many puts at once
// must not each make their own.
var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// Put keeps r under key.
func (s *Store) Put(ctx context.Context, key string, r io.Reader, size int64) (blob.Info, error) {
	return s.write(ctx, key, s.publish, func(f *os.File) error {
		buf := buffers.Get().(*[bufferSize]byte)
		defer buffers.Put(buf)
		n, err := io.CopyBuffer(onlyWriter{f}, ctxReader{ctx, r}, buf[:])
		if err == nil && size >= 0 && n != size {
			err = blob.ErrSize
		}
		return err
	})
}

// Join keeps the blobs from under key to; the kernel copies.
func (s *Store) Join(ctx context.Context, to string, from ...string) (blob.Info, error) {
	return s.write(ctx, to, s.publish, func(f *os.File) error {
		for _, key := range from {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := s.appendTo(f, key); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) appendTo(f *os.File, key string) error {
	_, name, err := place(key)
	if err != nil {
		return err
	}
	src, err := s.root.Open(name)
	if err != nil {
		return err
	}
	defer src.Close()
	_, err = io.Copy(f, src)
	return err
}

// Create keeps b under key where there is nothing.
func (s *Store) Create(ctx context.Context, key string, b []byte) error {
	_, err := s.write(ctx, key, s.link, func(f *os.File) error {
		_, err := f.Write(b)
		return err
	})
	return err
}

// link gives a finished file its name if that is free, durably.
func (s *Store) link(temp, dir, name string) error {
	if err := s.root.Link(temp, name); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return blob.ErrExists
		}
		return err
	}
	s.root.Remove(temp) // what is left, Tidy finds
	return s.syncDir(dir)
}

// write makes the file of key: fill writes a temporary one beside it, to which give
// gives its name.
func (s *Store) write(ctx context.Context, key string, give func(temp, dir, name string) error, fill func(*os.File) error) (blob.Info, error) {
	dir, name, err := place(key)
	if err != nil {
		return blob.Info{}, err
	}
	temp := tempName(dir)
	f, err := s.create(temp, dir)
	if err != nil {
		return blob.Info{}, explain(err)
	}
	info := blob.Info{Key: key}
	err = fill(f)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		var st os.FileInfo
		if st, err = f.Stat(); err == nil {
			info.Size, info.Modified = st.Size(), st.ModTime()
		}
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = give(temp, dir, name)
	}
	if err != nil {
		s.root.Remove(temp) // what is left, Tidy finds
		return blob.Info{}, explain(err)
	}
	return info, nil
}

// create opens a new file in dir, which is made when it is missing.
func (s *Store) create(name, dir string) (*os.File, error) {
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	f, err := s.root.OpenFile(name, flags, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		if err := s.makeDir(dir); err != nil {
			return nil, err
		}
		f, err = s.root.OpenFile(name, flags, 0o600)
	}
	return f, err
}

// publish gives a finished file its name, durably.
func (s *Store) publish(temp, dir, name string) error {
	if err := s.root.Rename(temp, name); err != nil {
		return err
	}
	return s.syncDir(dir)
}

func (s *Store) makeDir(dir string) error {
	if err := s.root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return s.syncDir(dataDir)
}

func (s *Store) syncDir(dir string) error {
	d, err := s.root.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	return err
}

// explain gives an error of the file system its fault. Errors of the reader that a
// Put was given stay as they are.
func explain(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return blob.ErrFull.WithCause(err)
	case errors.As(err, &path) && errors.Is(err, fs.ErrNotExist):
		return blob.ErrMissing.WithCause(err)
	case errors.As(err, &path), errors.As(err, &link):
		return blob.ErrIO.WithCause(err)
	}
	return err
}

// onlyWriter hides ReadFrom, so that the lent buffer is used.
type onlyWriter struct{ io.Writer }

// ctxReader ends when its context does.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
