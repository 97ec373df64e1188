package backup

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/blob/disk"
)

// moody is a store whose puts, or gets, fail as often as is left.
type moody struct {
	blob.Store
	puts, gets atomic.Int64
}

var errMood = errors.New("not now")

func (m *moody) Put(ctx context.Context, key string, r io.Reader, size int64) (blob.Info, error) {
	if m.puts.Add(-1) >= 0 {
		return blob.Info{}, errMood
	}
	return m.Store.Put(ctx, key, r, size)
}

func (m *moody) Get(ctx context.Context, key string, part blob.Range) (io.ReadCloser, error) {
	if m.gets.Add(-1) >= 0 {
		return nil, errMood
	}
	return m.Store.Get(ctx, key, part)
}

// TestNothingOvertakesAFile: while the store of backups refuses a file, whatever is to come
// after it waits; one that cannot be read here keeps nobody waiting for ever.
func TestNothingOvertakesAFile(t *testing.T) {
	t.Parallel()
	open := func() *moody {
		d, err := disk.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		return &moody{Store: d}
	}
	here, there := open(), open()
	m := NewMirror(here, io.NopCloser(nil), there, func(string) bool { return false })
	m.first = time.Microsecond
	defer m.Close()
	put := func(key string) {
		if _, err := m.Put(t.Context(), key, strings.NewReader("text"), 4); err != nil {
			t.Fatal(err)
		}
	}
	there.puts.Store(50) // many more than a file that cannot be read is tried
	put("a-1")
	if err := m.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := there.Stat(t.Context(), files+"a-1"); err != nil {
		t.Errorf("what followed was let by before the file: %v", err)
	}
	here.gets.Store(1 << 40)
	put("a-2")
	if err := m.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := here.gets.Load(); left != 1<<40-tries {
		t.Errorf("%d attempts to read a file that cannot be read", 1<<40-left)
	}
	if _, err := there.Stat(t.Context(), files+"a-2"); !errors.Is(err, blob.ErrMissing) {
		t.Errorf("a file that cannot be read: %v", err)
	}
	here.gets.Store(0)
	there.puts.Store(1 << 40)
	put("a-3") // refused for ever: Close ends it
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := m.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
}
