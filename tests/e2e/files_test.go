package e2e

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/tests/pgserver"
	"github.com/plinth-dev/plinth/tests/s3server"
)

const filesProject = "testdata/files"

// base is what a server of files stands on: an engine and a place of bytes.
type base struct {
	name string
	env  []string // of the process
	args []string

	listen string // "" is a free port
}

// bases are all four of them.
func bases(t *testing.T) []base {
	t.Helper()
	pg, err := pgserver.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pg.Stop() })
	admin, err := pgconn.Connect(t.Context(), pg.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context())
	if _, err := admin.Exec(t.Context(), "create database other").ReadAll(); err != nil {
		t.Fatal(err)
	}
	s3 := bucket(t)
	one, other := append(s3, "PLINTH_STORAGE_S3_PREFIX=one/"), append(slices.Clone(s3), "PLINTH_STORAGE_S3_PREFIX=other/")
	return []base{
		{name: "sqlite on disk"}, {name: "postgres on s3", env: one, args: []string{"--db", pg.URL}},
		{name: "sqlite on s3", env: other}, {name: "postgres on disk", args: []string{"--db", strings.Replace(pg.URL, "dbname=postgres", "dbname=other", 1)}},
	}
}

// bucket starts an S3 service and returns the settings that lead there.
func bucket(t *testing.T) []string {
	t.Helper()
	s3, err := s3server.Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s3.Stop() })
	return s3.Env()
}

// serve starts the project of files in the folder data.
func (b base) serve(t *testing.T, data string) *process {
	t.Helper()
	if b.listen == "" {
		b.listen = "127.0.0.1:0"
	}
	args := append([]string{"dev", "--project", filesProject, "--data", data, "--listen", b.listen}, b.args...)
	return start(t, b.env, args...)
}

// TestFiles drives the official storage client and the reference client of TUS, on
// both engines and both places.
func TestFiles(t *testing.T) {
	t.Parallel()
	for _, b := range bases(t) {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			p := b.serve(t, data)
			for _, script := range []string{"storage.mjs", "tus.mjs"} {
				var got steps
				client(t, p, script, nil, &got)
				if len(got.Steps) < 12 {
					t.Errorf("%s: steps = %q, want them all", script, got.Steps)
				}
			}
			p.stop(t)
			b.agree(t, data)
		})
	}
}

// agree fails unless rows and bytes agree.
func (b base) agree(t *testing.T, data string) {
	t.Helper()
	args := append([]string{"storage", "check", "--grace", "0s", "--project", filesProject, "--data", data}, b.args...)
	if code, out, log := command(t, b.env, args...); code != 0 {
		t.Errorf("storage check = %d %s%s", code, out, log)
	}
}

// postSecret sends JSON with the secret key.
func postSecret(t *testing.T, url, body string, out any) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Apikey", localSecret)
	req.Header.Set("Content-Type", "application/json")
	return send(t, req, out)
}

// TestBucketsOfTheProject: dev makes the buckets that config.toml names, and changes
// them when it changes.
func TestBucketsOfTheProject(t *testing.T) {
	t.Parallel()
	project, data := t.TempDir(), t.TempDir()
	for _, c := range []struct {
		config, want string
	}{
		{"[storage.buckets.images]\npublic = true\nfile_size_limit = \"1KiB\"\nallowed_mime_types = [\"image/png\"]\nobjects_path = \"./images\"\n[storage.buckets.docs]\n", "docs false 0 0 images true 1024 1 "},
		{"[storage.buckets.images]\npublic = false\n", "docs false 0 0 images false 0 0 "},
	} {
		write(t, filepath.Join(project, "supabase/config.toml"), c.config)
		p := dev(t, project, data)
		var list []struct {
			ID        string
			Public    bool
			Limit     int      `json:"file_size_limit"`
			MimeTypes []string `json:"allowed_mime_types"`
		}
		if code := get(t, p.url+"/storage/v1/bucket", localSecret, &list); code != http.StatusOK {
			t.Fatalf("list = %d", code)
		}
		got := ""
		for _, b := range list {
			got += fmt.Sprint(b.ID, " ", b.Public, " ", b.Limit, " ", len(b.MimeTypes), " ")
		}
		if got != c.want {
			t.Errorf("%s gives %q, want %q", c.config, got, c.want)
		}
		p.stop(t)
	}
}

// TestStorageCheck: the command finds what disagrees, both ways, and repairs it.
func TestStorageCheck(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	b := base{}
	p := b.serve(t, data)
	postSecret(t, p.url+"/storage/v1/bucket", `{"name":"public"}`, nil)
	for _, name := range []string{"one", "two", "three"} {
		if code := postSecret(t, p.url+"/storage/v1/object/public/"+name, `"`+name+`"`, nil); code != http.StatusOK {
			t.Fatalf("upload = %d", code)
		}
	}
	args := []string{"storage", "check", "--project", filesProject, "--data", data, "--grace", "0s"}
	if code, _, log := command(t, nil, args...); code != 1 || !has(log, "in use by process") {
		t.Errorf("while it runs: %d %s", code, log)
	}
	p.stop(t)
	if code, out, log := command(t, nil, args...); code != 0 || !has(out, "3 files, 3 blobs of 17 bytes") {
		t.Errorf("untouched: %d %s%s", code, out, log)
	}
	files, err := filepath.Glob(filepath.Join(data, "files/data/*/*"))
	if err != nil || len(files) != 3 {
		t.Fatalf("files = %v, %v", files, err)
	}
	place := fnv.New32a()
	place.Write([]byte("0000-orphan"))
	orphan := filepath.Join(data, "files/data", fmt.Sprintf("%02x", byte(place.Sum32())), "0000-orphan")
	write(t, orphan, "nobody's")
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := command(t, nil, args...); code != 1 || !has(out, "1 blobs without a row", "0000-orphan", "1 files without their bytes", "  public/") {
		t.Errorf("one too many, one too few: %d %s", code, out)
	}
	if code, out, _ := command(t, nil, append(args, "--repair")...); code != 0 || !has(out, "1 blobs without a row, removed", "1 files without their bytes, removed") {
		t.Errorf("repair: %d %s", code, out)
	}
	if code, out, _ := command(t, nil, args...); code != 0 || !has(out, "2 files, 2 blobs") {
		t.Errorf("repaired: %d %s", code, out)
	}
	if err := os.Rename(filepath.Join(data, "files"), filepath.Join(data, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	if code, _, log := command(t, nil, append(args, "--repair")...); code != 1 || !has(log, "no row has its bytes") {
		t.Errorf("another store: %d %s", code, log)
	}
}
