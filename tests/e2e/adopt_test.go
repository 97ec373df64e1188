package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

// TestAdoptedDatabase: a database that Supabase made is served by a login that is no
// superuser, and afterwards everything in its schemas is as it was. What is added there
// are objects of their own.
func TestAdoptedDatabase(t *testing.T) {
	t.Parallel()
	pg, err := pgserver.Start(t.Context(), "wal_level=logical")
	if err != nil {
		t.Fatal(err)
	}
	defer pg.Stop()
	psql := exec.Command(pg.Program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "testdata/supabase.sql", pg.URL)
	if out, err := psql.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	app := strings.NewReplacer("dbname=postgres", "dbname=app", "user=postgres", "user=tenant").Replace(pg.URL)
	before := objectsOf(t, pg)
	if len(before) < 40 {
		t.Fatalf("%d objects", len(before))
	}
	project := t.TempDir()
	if err := os.MkdirAll(filepath.Join(project, "supabase"), 0o755); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		person := fmt.Sprintf(`{"email":"ann%d@example.com","password":"correct horse"}`, round)
		p := start(t, nil, "dev", "--project", project, "--data", t.TempDir(), "--db", app, "--listen", "127.0.0.1:0")
		if _, ok := p.log.wait(regexp.MustCompile(`changes come from logical replication`).MatchString); !ok {
			t.Error("changes do not come from logical replication")
		}
		for _, r := range [][3]string{
			{"POST", "/rest/v1/log", `{"what":"a line"}`}, {"PATCH", "/rest/v1/log?what=eq.a%20line", `{"what":"another"}`}, {"DELETE", "/rest/v1/log?what=eq.another", ""},
			{"POST", "/auth/v1/signup", person}, {"POST", "/auth/v1/token?grant_type=password", person},
			{"POST", "/rest/v1/events", `{"id":1,"day":"2026-05-05"}`}, {"DELETE", "/rest/v1/events?id=eq.1", ""}, {"GET", "/rest/v1/nicks?select=nick", ""},
		} {
			if status, body := call(t, p, r); status >= 300 {
				t.Errorf("%v: %d %s", r, status, body)
			}
		}
		p.stop(t)
	}
	after := objectsOf(t, pg)
	for name, text := range before {
		if after[name] != text {
			t.Errorf("changed: %s\nbefore: %s\nafter: %s", name, text, after[name])
		}
	}
	for name := range after {
		if _, old := before[name]; !old && touches(before, after[name]) != "" {
			t.Errorf("added to what there was: %s\n%s", name, after[name])
		}
	}
}

func call(t *testing.T, p *process, r [3]string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(r[0], p.url+r[1], strings.NewReader(r[2]))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("apikey", localPublishable)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

var section = regexp.MustCompile(`(?m)^-- Name: (.+?); Type: (.+?); Schema: (.+?); Owner: .*$`)

// objectsOf returns what pg_dump says of the schemas of the database, by object.
func objectsOf(t *testing.T, pg *pgserver.Server) map[string]string {
	t.Helper()
	args := []string{"-s", "-d", strings.Replace(pg.URL, "dbname=postgres", "dbname=app", 1)}
	for _, s := range []string{"public", "auth", "storage", "realtime", "extensions"} {
		args = append(args, "-n", s)
	}
	out, err := exec.CommandContext(context.Background(), pg.Program("pg_dump"), args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(out), "\n-- PostgreSQL database dump complete")
	places := section.FindAllStringSubmatchIndex(text, -1)
	objects := map[string]string{}
	for i, m := range places {
		end := len(text)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		name := fmt.Sprintf("%s %s.%s", text[m[4]:m[5]], text[m[6]:m[7]], text[m[2]:m[3]])
		objects[name] += text[m[1]:end]
	}
	return objects
}

var on = regexp.MustCompile(`(?: ON| TABLE)(?: TABLE)?(?: ONLY)? (\w+\.\w+)`)

// touches returns the table that was there and that a new object is about, "" for none.
func touches(before map[string]string, text string) string {
	for _, m := range on.FindAllStringSubmatch(text, -1) {
		if _, old := before["TABLE "+m[1]]; old {
			return m[1]
		}
	}
	return ""
}
