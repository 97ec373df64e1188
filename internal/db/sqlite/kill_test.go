package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite/lite"
)

// childEnv holds the data directory that a child process of TestKill writes to.
const childEnv = "PLINTH_TEST_KILL_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(imageEnv); dir != "" {
		fmt.Fprintln(os.Stderr, beginForever(dir))
		os.Exit(1)
	}
	if dir := os.Getenv(childEnv); dir != "" {
		fmt.Fprintln(os.Stderr, writeForever(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForever writes through the driver from many goroutines and prints the id of
// each acknowledged write.
func writeForever(dir string) error {
	ctx := context.Background()
	d, err := Open(ctx, Config{Dir: dir})
	if err != nil {
		return err
	}
	base := db.New(d)
	var out sync.Mutex
	errs := make(chan error, 1)
	for range 16 {
		go func() {
			for {
				var id int64
				_, err := base.Write(ctx, db.Owner, func(tx *db.Tx) error {
					rows, err := tx.Query(ctx, `insert into a (s) values (repeat('x', 200)) returning id`)
					if err != nil {
						return err
					}
					for rows.Next() {
						id = rows.Value(0).I
					}
					if err := rows.Close(); err != nil {
						return err
					}
					_, err = tx.Exec(ctx, `insert into b (a) values ($1)`, id)
					return err
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

// TestKill kills a writing process and looks for what it acknowledged: the row, its
// sibling of the same transaction, and both their changes. PLINTH_PROOF_ROUNDS sets
// the number of rounds, 3 without it.
func TestKill(t *testing.T) {
	t.Parallel()
	rounds := 3
	if n, err := strconv.Atoi(os.Getenv("PLINTH_PROOF_ROUNDS")); err == nil {
		rounds = n
	}
	dir := t.TempDir()
	d, base := openDir(t, dir)
	script(t, base, `create table a (id bigint generated always as identity primary key, s text);
		create table b (a bigint primary key references a (id))`)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	var acked []string
	for round := range rounds {
		acked = append(acked, killAfter(t, dir, 100+round*61%300)...)
		survivors(t, dir, acked)
	}
	t.Logf("%d rounds, %d acknowledged writes", rounds, len(acked))
}

// killAfter lets a child write until n ids were read, kills it and returns all ids
// that it printed.
func killAfter(t *testing.T, dir string, n int) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ids []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if ids = append(ids, lines.Text()); len(ids) == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // it was killed
	if len(ids) < n {
		t.Fatalf("the child ended after %d writes", len(ids))
	}
	return ids
}

func survivors(t *testing.T, dir string, acked []string) {
	t.Helper()
	ctx := context.Background()
	d, base := openDir(t, dir)
	defer d.Close()
	there := map[string]bool{}
	rows, err := base.Query(ctx, db.Owner, `select a.id from a join b on b.a = a.id`)
	if err != nil {
		t.Fatal(describe(err))
	}
	for rows.Next() {
		there[string(rows.AppendJSON(nil, 0))] = true
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	for _, id := range acked {
		if !there[id] {
			t.Fatalf("write %s was acknowledged and is lost", id)
		}
	}
	if got := all(t, base, `select (select count(*) from a), (select count(*) from b)`); got != fmt.Sprintf("%d %d", len(there), len(there)) {
		t.Errorf("%d writes are whole, rows: %s", len(there), got)
	}
	err = d.writer.Alone(ctx, func(c *lite.Conn) error {
		for sql, want := range map[string]string{
			`select count(*) from _changes`: strconv.Itoa(2 * len(there)),
			`pragma integrity_check`:        "ok",
		} {
			st, err := c.Prepare(sql)
			if err != nil {
				return err
			}
			if _, err := st.Step(); err != nil {
				return err
			}
			if got := st.ColumnString(0); got != want {
				t.Errorf("%s: %s, want %s", sql, got, want)
			}
			st.Release()
		}
		return nil
	})
	if err != nil {
		t.Fatal(describe(err))
	}
}
