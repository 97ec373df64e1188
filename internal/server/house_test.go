package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/server/house"
)

var update = flag.Bool("update", false, "make the image of the house anew, where it is another")

// madeByScripts is a folder with a database in which the house's scripts ran, undated.
func madeByScripts(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	ctx := context.Background()
	drv, err := sqlite.Open(ctx, sqlite.Config{Dir: dir, Readers: 1, Settings: vaultSettings(throwAway())})
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{db: db.New(drv)}
	if err := s.migrateHouse(ctx); err != nil {
		t.Fatal(err)
	}
	_, err = s.db.Write(ctx, db.Owner, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `update plinth.scripts set applied_at = '-infinity'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{`update _ddl set at = 0`, `update _tx set tx = 0, at = 0`, `vacuum`} {
		texts(t, dir, sql)
	}
	return dir
}

func texts(t *testing.T, dir, sql string) []string {
	t.Helper()
	list, err := sqlite.Texts(dir, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return list
}

// inside is all that a database holds, as text.
func inside(t *testing.T, dir string) []string {
	t.Helper()
	out := texts(t, dir, `select type || ' ' || name || ' ' || coalesce(sql, '') from sqlite_schema order by 1`)
	for _, table := range texts(t, dir, `select name from sqlite_schema where type = 'table' order by 1`) {
		name := `"` + strings.ReplaceAll(table, `"`, `""`) + `"`
		columns := texts(t, dir, `select group_concat('quote("' || name || '")', ' || '','' || ') from pragma_table_info('`+table+`')`)
		for _, row := range texts(t, dir, `select `+columns[0]+` from `+name+` order by 1`) {
			out = append(out, table+": "+row)
		}
	}
	return out
}

func layImage(t *testing.T, dir string) {
	t.Helper()
	drv, err := sqlite.Open(context.Background(), sqlite.Config{Dir: dir, Readers: 1, Image: house.Image})
	if err != nil {
		t.Fatal(err)
	}
	if err := drv.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTheImageIsWhatTheHousesScriptsMake(t *testing.T) {
	made, laid := madeByScripts(t), t.TempDir()
	want := inside(t, made)
	if len(want) < 100 {
		t.Fatalf("the scripts made %d things", len(want))
	}
	layImage(t, laid)
	got := inside(t, laid)
	if slices.Equal(got, want) {
		return
	}
	if !*update {
		for i, line := range want {
			if i >= len(got) || got[i] != line {
				t.Fatalf("the image is not what the scripts make; `go test ./internal/server -run Image -update` makes it anew.\nwant %s\ngot  %s",
					line, strings.Join(got[min(i, len(got)):min(i+1, len(got))], ""))
			}
		}
		t.Fatal("the image has more than the scripts make")
	}
	raw, err := os.ReadFile(filepath.Join(made, sqlite.File))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("house", "house.db.gz"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A start that was killed between the image and what follows left a folder that the next
// one takes for new, once.
func TestADatabaseOfTheImageIsNewUntilItsFirstStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	layImage(t, dir)
	for _, want := range []bool{true, false} {
		s := openServer(t, func(c *Config) { c.Data = dir })
		if s.Report().New != want {
			t.Errorf("new: %v, want %v", s.Report().New, want)
		}
		undated, err := s.names(t.Context(), "plinth", "scripts", sqlUndated)
		if err != nil || len(undated) > 0 {
			t.Errorf("undated: %v, %v", undated, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
