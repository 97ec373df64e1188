package sqlite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
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

// imageEnv holds the folder that a child process of TestKillWhileAnImageIsLaid begins in
// again and again; the image lies beside its numbered folders.
const imageEnv = "PLINTH_TEST_IMAGE_DIR"

func beginForever(dir string) error {
	image := func() (io.Reader, error) { return os.Open(filepath.Join(dir, "image")) }
	for n := 0; ; n++ {
		d, err := Open(context.Background(), Config{Dir: filepath.Join(dir, strconv.Itoa(n)), Readers: 1, Image: image})
		if err != nil {
			return err
		}
		fmt.Println(n)
		if err := d.Close(); err != nil {
			return err
		}
	}
}

// TestKillWhileAnImageIsLaid kills a process that begins databases, and opens all that it
// left: each has what the image has.
func TestKillWhileAnImageIsLaid(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, base := openDir(t, filepath.Join(dir, "from"))
	script(t, base, `create table t (id int primary key); insert into t values (7)`)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	image := filepath.Join(dir, "image")
	if err := os.Rename(filepath.Join(dir, "from", File), image); err != nil {
		t.Fatal(err)
	}
	begun := 0
	for round := range 6 {
		folder := filepath.Join(dir, fmt.Sprint("round", round))
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Link(image, filepath.Join(folder, "image")); err != nil {
			t.Fatal(err)
		}
		killBeginning(t, folder, 3+round)
		list, err := filepath.Glob(filepath.Join(folder, "[0-9]*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range list {
			d, err := Open(context.Background(), Config{Dir: one, Readers: 1, Image: func() (io.Reader, error) { return os.Open(image) }})
			if err != nil {
				t.Fatal(describe(err))
			}
			if d.Catalog().Schemas["public"].Tables["t"] == nil {
				t.Errorf("%s: no table", one)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			begun++
		}
	}
	if begun < 18 {
		t.Errorf("%d databases were begun", begun)
	}
}

// killBeginning kills a child when it has begun n databases.
func killBeginning(t *testing.T, dir string, n int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), imageEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for scan := bufio.NewScanner(out); n > 0 && scan.Scan(); n-- {
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
	if n > 0 {
		t.Fatalf("the child ended before it was killed, %d databases early", n)
	}
}
