package backup

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
)

// Dump is one of Postgres, as its own program made it; the sum stands behind it.
type Dump struct {
	Key   string
	At    time.Time
	Bytes int64
}

// PutDump keeps what r gives.
func PutDump(ctx context.Context, st blob.Store, at time.Time, r io.Reader) (Dump, error) {
	d := Dump{Key: fmt.Sprintf("%s%016x", dumps, at.UnixMicro()), At: at.UTC().Truncate(time.Microsecond)}
	sum := sha256.New()
	info, err := st.Put(ctx, d.Key, io.MultiReader(io.TeeReader(r, sum), &late{sum: func() []byte { return sum.Sum(nil) }}), -1)
	d.Bytes = info.Size
	return d, err
}

// late reads what is only known once it is asked for.
type late struct {
	sum  func() []byte
	left []byte
	made bool
}

func (l *late) Read(p []byte) (int, error) {
	if !l.made {
		l.left, l.made = l.sum(), true
	}
	if len(l.left) == 0 {
		return 0, io.EOF
	}
	n := copy(p, l.left)
	l.left = l.left[n:]
	return n, nil
}

// Dumps lists those of the store, the oldest first.
func Dumps(ctx context.Context, st blob.Store) ([]Dump, error) {
	var out []Dump
	for info, err := range st.List(ctx, dumps) {
		if err != nil {
			return nil, err
		}
		if n, ok := parseKey(info.Key, dumps, 16); ok {
			out = append(out, Dump{info.Key, time.UnixMicro(int64(n[0])).UTC(), info.Size})
		}
	}
	slices.SortFunc(out, func(a, b Dump) int { return a.At.Compare(b.At) })
	return out, nil
}

// GetDump writes a dump to w. Nothing of it may be used before it returns nil.
func GetDump(ctx context.Context, st blob.Store, d Dump, w io.Writer) error {
	if d.Bytes < sha256.Size {
		return damaged(d.Key, "it is torn")
	}
	r, err := st.Get(ctx, d.Key, blob.Whole)
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w, sum), io.LimitReader(r, d.Bytes-sha256.Size)); err != nil {
		return err
	}
	var tail Sum
	if _, err = io.ReadFull(r, tail[:]); err == nil && Sum(sum.Sum(nil)) != tail {
		err = errors.New("its sum is another")
	}
	if err != nil {
		return damaged(d.Key, err.Error())
	}
	return nil
}
