package s3

import (
	"io"
	"os"
)

// spool is a file without a name that holds one part at a time.
type spool struct {
	f    *os.File
	next [1]byte // the byte behind the part, which told that there is more
	has  bool
}

func newSpool(dir string) (*spool, error) {
	f, err := os.CreateTemp(dir, "part-")
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name()) // the open file stays; where it cannot be removed yet, Close does
	return &spool{f: f}, nil
}

// Close gives the room back.
func (s *spool) Close() error {
	err := s.f.Close()
	os.Remove(s.f.Name())
	return err
}

// fill takes the next part from r, and reports whether there is another behind it.
func (s *spool) fill(r io.Reader, size int64) (n int64, more bool, err error) {
	if err := s.f.Truncate(0); err != nil {
		return 0, false, err
	}
	if _, err := s.f.Seek(0, io.SeekStart); err != nil {
		return 0, false, err
	}
	if s.has {
		if _, err := s.f.Write(s.next[:]); err != nil {
			return 0, false, err
		}
		n, s.has = 1, false
	}
	m, err := io.CopyN(s.f, r, size-n)
	if n += m; err == io.EOF {
		return n, false, nil
	}
	if err != nil {
		return n, false, err
	}
	_, err = io.ReadFull(r, s.next[:])
	if err == io.EOF {
		return n, false, nil
	}
	s.has = err == nil
	return n, s.has, err
}

// reader reads the part that is in the spool, as often as it must be sent.
func (s *spool) reader(n int64) io.ReadSeeker { return io.NewSectionReader(s.f, 0, n) }
