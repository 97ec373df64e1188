package lite

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

// childEnv holds the file that a child process of TestKilledWriter writes to.
const childEnv = "PLINTH_TEST_KILL_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		fmt.Fprintln(os.Stderr, writeForever(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForever writes pairs of rows from many goroutines and prints the id of each
// acknowledged pair.
func writeForever(path string) error {
	w, err := OpenWriter(WriterConfig{Conn: Config{Path: path, Pragmas: []string{
		"journal_mode=wal", "synchronous=full", "foreign_keys=on"}}})
	if err != nil {
		return err
	}
	var out sync.Mutex
	errs := make(chan error, 1)
	for range 16 {
		go func() {
			for {
				var id int64
				err := w.Do(context.Background(), func(c *Conn) error {
					if err := c.Exec(`insert into a default values`); err != nil {
						return err
					}
					id = c.LastInsertRowID()
					return c.Exec(`insert into b select max(id), hex(randomblob(300)) from a`)
				})
				if err != nil {
					errs <- err
					return
				}
				out.Lock()
				fmt.Println(id)
				out.Unlock()
			}
		}()
	}
	return <-errs
}

// TestKilledWriter kills a writing process and looks for what it acknowledged.
// PLINTH_PROOF_ROUNDS sets the number of rounds, 3 without it.
func TestKilledWriter(t *testing.T) {
	t.Parallel()
	rounds := 3
	if n, err := strconv.Atoi(os.Getenv("PLINTH_PROOF_ROUNDS")); err == nil {
		rounds = n
	}
	path := filepath.Join(t.TempDir(), "kill.db")
	c, err := Open(Config{Path: path, Mode: ReadWrite, Pragmas: []string{"journal_mode=wal"}})
	must(t, err)
	must(t, c.Exec(`create table a(id integer primary key autoincrement); create table b(id integer primary key, s text)`))
	must(t, c.Close())
	var acked []string
	for round := range rounds {
		acked = append(acked, killAfter(t, path, 150+round*97%400)...)
		checkSurvivors(t, path, acked)
	}
	t.Logf("%d rounds, %d acknowledged writes", rounds, len(acked))
}

// killAfter lets a child write until n ids were read, kills it and returns all ids
// that it printed.
func killAfter(t *testing.T, path string, n int) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childEnv+"="+path)
	out, err := cmd.StdoutPipe()
	must(t, err)
	cmd.Stderr = os.Stderr
	must(t, cmd.Start())
	var ids []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		ids = append(ids, lines.Text())
		if len(ids) == n {
			must(t, cmd.Process.Kill())
		}
	}
	_ = cmd.Wait() // it was killed
	if len(ids) < n {
		t.Fatalf("the child ended after %d writes", len(ids))
	}
	return ids
}

func checkSurvivors(t *testing.T, path string, acked []string) {
	t.Helper()
	c, err := Open(Config{Path: path, Mode: ReadWrite})
	must(t, err)
	defer c.Close()
	for _, id := range acked {
		if got := one(t, c, `select count(*) from a join b using (id) where id = `+id); got != "1" {
			t.Fatalf("write %s was acknowledged and is lost", id)
		}
	}
	if got := one(t, c, `select count(*) from a full join b using (id) where a.id is null or b.id is null`); got != "0" {
		t.Errorf("%s writes are there by half", got)
	}
	if got := one(t, c, `pragma integrity_check`); got != "ok" {
		t.Errorf("integrity_check: %s", got)
	}
}
