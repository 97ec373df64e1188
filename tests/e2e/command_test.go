package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestServeRefusesLocalKeys: what everybody knows protects nothing.
func TestServeRefusesLocalKeys(t *testing.T) {
	t.Parallel()
	args := []string{"serve", "--project", "testdata/ledger", "--data", t.TempDir(), "--listen", "127.0.0.1:0"}
	code, _, log := command(t, nil, args...)
	if code != 1 || !has(log, "PLINTH_JWT_SECRET is not set", "PLINTH_PUBLISHABLE_KEY is not set", "PLINTH_SECRET_KEY is not set", "plinth keys") {
		t.Errorf("without keys: exit code %d and %q, want 1 and what is missing", code, log)
	}
	local := []string{
		"PLINTH_JWT_SECRET=super-secret-jwt-token-with-at-least-32-characters-long",
		"PLINTH_PUBLISHABLE_KEY=" + localPublishable, "PLINTH_SECRET_KEY=" + localSecret,
	}
	code, _, log = command(t, local, args...)
	if code != 1 || strings.Count(log, "well-known local key") != 3 {
		t.Errorf("with the local keys: exit code %d and %q, want 1 and three refusals", code, log)
	}

	code, keys, log := command(t, nil, "keys")
	if code != 0 {
		t.Fatalf("keys: exit code %d: %s", code, log)
	}
	env := strings.Fields(keys)
	own := map[string]string{}
	for _, line := range env {
		name, val, _ := strings.Cut(line, "=")
		own[name] = val
	}
	p := start(t, env, args...)
	for _, c := range []struct {
		name, key string
		want      int
	}{
		{"the project's own key", own["PLINTH_PUBLISHABLE_KEY"], http.StatusOK},
		{"the local publishable key", localPublishable, http.StatusUnauthorized},
		{"the local secret key", localSecret, http.StatusUnauthorized},
		{"the local anon token", localAnon, http.StatusUnauthorized},
		{"no key", "", http.StatusUnauthorized},
	} {
		for _, path := range []string{"/rest/v1/batches", "/auth/v1/settings", "/auth/v1/health"} {
			if got := get(t, p.url+path, c.key, nil); got != c.want {
				t.Errorf("%s with %s: status %d, want %d", path, c.name, got, c.want)
			}
		}
	}
	for _, key := range own {
		if p.out.contains(key) || p.log.contains(key) {
			t.Errorf("serve prints the secret %s…", key[:6])
		}
	}
	p.stop(t)
}

// TestSecondProcessIsRefused: a data folder has one owner, who is left alone.
func TestSecondProcessIsRefused(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := dev(t, "testdata/ledger", data)
	for _, args := range [][]string{{"dev", "--listen", "127.0.0.1:0"}, {"migrate", "status"}} {
		code, _, log := command(t, nil, append(args, "--project", "testdata/ledger", "--data", data)...)
		if code != 1 || !has(log, data, "in use by process", "hint:") {
			t.Errorf("%s: exit code %d and %q, want 1 and who has %s", args[0], code, log, data)
		}
	}
	if got := get(t, p.url+"/readyz", "", nil); got != http.StatusOK {
		t.Errorf("the first process: status %d, want 200", got)
	}
	if code, out, log := command(t, nil, "realtime", "stats", "--url", p.url); code != 0 || !has(out, "subscriptions  0", "position") {
		t.Errorf("realtime stats: exit code %d, %q %q", code, out, log)
	}
	p.stop(t)
	code, out, log := command(t, nil, "migrate", "status", "--project", "testdata/ledger", "--data", data)
	if code != 0 || !has(out, "applied", "20260101000000", "entries") {
		t.Errorf("after its end: exit code %d, %q %q", code, out, log)
	}
}

const broken = `create table public.notes (id bigint primary key, body text);

create table public.more (
  id bigint primary key,
  place public.nowhere
);
`

// TestMigrateCheckNamesThePlace: a migration that fails says where and why, and
// leaves nothing behind.
func TestMigrateCheckNamesThePlace(t *testing.T) {
	t.Parallel()
	project, data := t.TempDir(), t.TempDir()
	dir := filepath.Join(project, "supabase", "migrations")
	write(t, filepath.Join(dir, "20260101000000_good.sql"), "create table public.good (id bigint primary key);\n")
	bad := filepath.Join(dir, "20260101000001_bad.sql")
	write(t, bad, broken)

	place := "20260101000001_bad.sql:5:9"
	code, _, log := command(t, nil, "migrate", "check", "--project", project)
	if code != 1 || !has(log, place, `type "public.nowhere" does not exist`, "42704") {
		t.Errorf("check: exit code %d and %q, want 1 and %s", code, log, place)
	}
	code, _, log = command(t, nil, "dev", "--project", project, "--data", data, "--listen", "127.0.0.1:0")
	if code != 1 || !has(log, place) {
		t.Errorf("dev: exit code %d and %q, want 1 and %s", code, log, place)
	}
	code, out, log := command(t, nil, "migrate", "status", "--project", project, "--data", data)
	if code != 0 || !has(out, "applied  20260101000000 good", "pending  20260101000001 bad") {
		t.Errorf("status: exit code %d, %q %q", code, out, log)
	}

	// Every statement is looked at, also behind one that fails, and machines can read it.
	write(t, bad, "create table public.prices (\n  price money\n);\ninsert into public.prices values (1);\ncreate table public.fine (a int);\ncreate index on public.fine using gin (a);\n")
	code, out, log = command(t, nil, "migrate", "check", "--project", project)
	if code != 1 || !has(log, "refused ", "_bad.sql:2:9", "follows ", "_bad.sql:4:1", "hint: Use numeric") || !has(out, "3 of 5 statements run", "note: ") {
		t.Errorf("check: exit code %d, %s%s", code, out, log)
	}
	code, out, _ = command(t, nil, "migrate", "check", "--json", "--project", project)
	var verdicts []struct {
		State, Code string
		Line        int
	}
	if err := json.Unmarshal([]byte(out), &verdicts); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	want := "[{ok  1} {refused 0A000 2} {follows 42P01 4} {ok  5} {note  6}]"
	if got := fmt.Sprint(verdicts); code != 1 || got != want {
		t.Errorf("check --json: exit code %d, %s, want %s", code, got, want)
	}

	// What is outside the subset has a way out.
	write(t, bad, "create table public.notes (id bigint primary key);\ncreate table public.prices (\n  price money\n);\n")
	code, _, log = command(t, nil, "migrate", "check", "--project", project)
	if code != 1 || !has(log, "20260101000001_bad.sql:3:9", `type "money" is not supported`, "hint: Use numeric") {
		t.Errorf("check: exit code %d and %q, want 1 and a hint", code, log)
	}

	// The body of a function is read when it is made.
	write(t, bad, "create function public.f() returns trigger language plpgsql as $$\nbegin\n  new.x := 1\n  return new;\nend $$;\n")
	code, _, log = command(t, nil, "migrate", "check", "--project", project)
	if code != 1 || !has(log, "20260101000001_bad.sql:4:3", `syntax error at or near "return"`, "42601") {
		t.Errorf("check: exit code %d and %q, want 1 and the place in the body", code, log)
	}

	// Its first statement left nothing: the table can be made now.
	write(t, bad, "create table public.notes (id bigint primary key, body text);\n")
	p := dev(t, project, data)
	if got := get(t, p.url+"/rest/v1/notes", localSecret, nil); got != http.StatusOK {
		t.Errorf("the mended migration: status %d, want 200", got)
	}
	p.stop(t)
}

// TestCommandLine: wrong usage is code 2 and says what there is.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 2, "usage: plinth"},
		{[]string{"fly"}, 2, `there is no command "fly"`},
		{[]string{"dev", "--wings"}, 2, "--project DIR"},
		{[]string{"dev", "--log", "loud"}, 2, "debug, info, warn or error"},
		{[]string{"dev", "--project", "testdata/nowhere"}, 1, "testdata/nowhere"},
		{[]string{"migrate"}, 2, "status, check or squash"},
		{[]string{"db"}, 2, "diff, dump, reset or seed"},
		{[]string{"gen"}, 2, "gen needs types"},
		{[]string{"move"}, 2, "--to postgres:"},
		{[]string{"realtime", "fly"}, 2, "realtime needs stats"},
		{[]string{"realtime", "stats", "--url", "http://127.0.0.1:1"}, 1, "127.0.0.1:1"},
		{[]string{"version"}, 0, "plinth"},
		{[]string{"help"}, 0, "usage: plinth"},
	} {
		code, out, log := command(t, nil, c.args...)
		if code != c.code || !has(out+log, c.want) {
			t.Errorf("plinth %s: exit code %d and %q, want %d and %q", strings.Join(c.args, " "), code, out+log, c.code, c.want)
		}
	}
}

func has(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
