package disk

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/blob/blobtest"
	"github.com/plinth-dev/plinth/internal/fault"
)

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestConformance(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, func(t *testing.T) blob.Store { return open(t, t.TempDir()) })
}

// The quota is that of a file's size, in a child process: it needs no rights and no
// mount, and the kernel fails the write in the middle, as a full disk does.
const quotaDir = "PLINTH_TEST_QUOTA_DIR"

func TestAFullDiskLeavesNothing(t *testing.T) {
	if dir := os.Getenv(quotaDir); dir != "" {
		fillUp(t, dir)
		return
	}
	t.Parallel()
	cmd := exec.Command(os.Args[0], "-test.run=^TestAFullDiskLeavesNothing$")
	cmd.Env = append(os.Environ(), quotaDir+"="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func fillUp(t *testing.T, dir string) {
	signal.Ignore(syscall.SIGXFSZ)
	s, ctx := open(t, dir), context.Background()
	if _, err := s.Put(ctx, "k", strings.NewReader("old"), -1); err != nil {
		t.Fatal(err)
	}
	limit := syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	_, err := s.Put(ctx, "k", strings.NewReader(strings.Repeat("x", 2<<20)), -1)
	f := fault.From(err)
	if !errors.Is(err, blob.ErrFull) || f.Status != 507 || f.Kind != fault.Unavailable || f.Code != "53100" {
		t.Errorf("Put = %v, want a full disk", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, dataDir, "*", temp+"*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if info, err := s.Stat(ctx, "k"); err != nil || info.Size != 3 {
		t.Errorf("the blob from before = %+v, %v", info, err)
	}
}

func TestTidyRemovesWhatACrashLeft(t *testing.T) {
	t.Parallel()
	dir, ctx := t.TempDir(), context.Background()
	s := open(t, dir)
	folder := filepath.Join(dir, dataDir, "ab")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	old, fresh := filepath.Join(folder, temp+"old"), filepath.Join(folder, temp+"fresh")
	for _, f := range []string{old, fresh} {
		if err := os.WriteFile(f, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(old, past, past); err != nil {
		t.Fatal(err)
	}
	if err := s.Tidy(ctx, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(folder); len(left) != 1 || left[0].Name() != temp+"fresh" {
		t.Errorf("left = %v", left)
	}
	for info, err := range s.List(ctx, "") {
		t.Errorf("an unfinished file is listed: %v, %v", info, err)
	}
}

func TestALinkCannotLeadOutside(t *testing.T) {
	t.Parallel()
	dir, ctx := t.TempDir(), context.Background()
	s := open(t, dir)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder, file, _ := place("k")
	if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(dir, file)); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Get(ctx, "k", blob.Whole); err == nil {
		r.Close()
		t.Error("Get followed a link out of the folder")
	}
}

func FuzzKey(f *testing.F) {
	for _, k := range append(blobtest.BadKeys(), "0197a", "a.b-c_d") {
		f.Add(k)
	}
	f.Fuzz(func(t *testing.T, key string) {
		dir, file, err := place(key)
		if err != nil {
			return
		}
		if clean := filepath.Clean(file); clean != file || filepath.Dir(clean) != dir || strings.Count(file, "/") != 2 {
			t.Errorf("place(%q) = %q", key, file)
		}
	})
}
