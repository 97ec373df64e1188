package sqlite

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAnImageIsLaidWholeAndOnlyWhereNothingIs covers what a start that was killed, or failed,
// leaves behind.
func TestAnImageIsLaidWholeAndOnlyWhereNothingIs(t *testing.T) {
	t.Parallel()
	from := t.TempDir()
	d, base := openDir(t, from)
	script(t, base, `create table t (id int primary key); insert into t values (7)`)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(filepath.Join(from, File))
	if err != nil {
		t.Fatal(err)
	}
	whole := func() (io.Reader, error) { return strings.NewReader(string(image)), nil }
	for _, c := range []struct {
		name, leftover, text string
		image                func() (io.Reader, error)
		lies                 bool
	}{
		{"an empty folder", "", "", whole, true},
		{"half an image of a start that was killed", unfinished, "half", whole, true},
		{"an empty database", File, "", whole, false},
		{"the log of a database that is gone", File + "-wal", "", whole, false},
		{"the journal of one", File + "-journal", "", whole, false},
		{"no image", "", "", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if c.leftover != "" {
				if err := os.WriteFile(filepath.Join(dir, c.leftover), []byte(c.text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			d, err := Open(context.Background(), Config{Dir: dir, Readers: 1, Image: c.image})
			if err != nil {
				t.Fatal(describe(err))
			}
			if lies := d.Catalog().Schemas["public"].Tables["t"] != nil; lies != c.lies {
				t.Errorf("the image lies: %v, want %v", lies, c.lies)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(dir, unfinished)); err == nil {
				t.Error("the unfinished image is still there")
			}
		})
	}
}

func TestAnImageThatCannotBeReadLeavesNoDatabase(t *testing.T) {
	t.Parallel()
	dir, broken := t.TempDir(), errors.New("broken")
	read := func() (io.Reader, error) {
		r, w := io.Pipe()
		go func() {
			_, _ = w.Write([]byte("SQLite format 3\x00"))
			w.CloseWithError(broken)
		}()
		return r, nil
	}
	if _, err := Open(context.Background(), Config{Dir: dir, Image: read}); !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, File+"*")); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}
