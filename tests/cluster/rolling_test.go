package cluster

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

func postgres(t *testing.T) *pgserver.Server {
	t.Helper()
	pg, err := pgserver.Start(t.Context(), settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pg.Stop() })
	return pg
}

// script runs one of the official client against a URL.
func script(t *testing.T, url, name string, env ...string) {
	t.Helper()
	cmd := exec.Command("node", name)
	cmd.Dir = root + "/tests/js"
	cmd.Env = append(os.Environ(), "PLINTH_URL="+url, "PLINTH_KEY="+publishable, "PLINTH_ANON="+anon, "PLINTH_SECRET="+secret, "NODE_NO_WARNINGS=1")
	cmd.Env = append(cmd.Env, env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Errorf("%s: %v\n%s", name, err, out.Bytes())
	}
}

// command runs plinth to its end.
func command(t *testing.T, env []string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := cmd.Run()
	if err != nil {
		return complaint.String(), err
	}
	return out.String(), nil
}

// status is what `plinth cluster status --json` says.
type status struct {
	Leader string
	Nodes  []struct {
		Name, Address, State, Version, Position string
		Services, Hears                         []string
		Leads                                   bool
		Replicas                                []struct{ Up bool }
	}
}

func (n *node) status(t *testing.T) (s status) {
	t.Helper()
	out, err := command(t, keys, "cluster", "status", "--json", "--url", "http://"+n.addr)
	if err == nil {
		err = json.Unmarshal([]byte(out), &s)
	}
	if err != nil {
		t.Fatalf("cluster status: %v\n%s", err, out)
	}
	return s
}

func get(t *testing.T, n *node, path string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+n.addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Apikey", secret)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// TestRollingUpgrade: a node that stops is not ready before it refuses anybody; a
// migration that only adds is run beside older nodes, one that takes away is refused while
// they are up; a node that is too old for the database says so.
func TestRollingUpgrade(t *testing.T) {
	t.Parallel()
	pg := postgres(t)
	project := t.TempDir()
	if err := os.CopyFS(project, os.DirFS("testdata/fleet")); err != nil {
		t.Fatal(err)
	}
	migration := func(name, sql string) {
		if err := os.WriteFile(project+"/supabase/migrations/"+name+".sql", []byte(sql), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"--project", project, "--db", pg.URL, "--cluster"}
	old := newNode(t, "old", "--project", "testdata/fleet", "--db", pg.URL, "--cluster")
	old.ready()

	migration("20260201000000_add", "alter table public.rows add column note text")
	beside := newNode(t, "new", args...)
	beside.ready()
	for _, n := range []*node{old, beside} {
		if code := get(t, n, "/rest/v1/rows?limit=1"); code != http.StatusOK {
			t.Errorf("side by side: %s answers %d", n.name, code)
		}
	}

	migration("20260301000000_drop", "alter table public.rows drop column note")
	early := newNode(t, "early", args...)
	if code := early.wait(); code != 1 || !strings.Contains(early.log(), "takes away") || !strings.Contains(early.log(), "20260301000000_drop.sql:1") {
		t.Errorf("a contract step beside others: exit code %d\n%s", code, early.tail(5))
	}

	old.signal(syscall.SIGTERM)
	within(t, "not ready while it stops", func() bool { return strings.Contains(old.log(), `"draining"`) })
	res, err := http.Get("http://" + old.addr + "/readyz")
	if err != nil {
		t.Errorf("a node that drains refuses connections at once: %v", err)
	} else if res.Body.Close(); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a node that drains: readiness %d", res.StatusCode)
	}
	if code := get(t, old, "/rest/v1/rows?limit=1"); code != http.StatusOK {
		t.Errorf("a node that drains answers %d", code)
	}
	if code := old.wait(); code != 0 {
		t.Errorf("it ended with %d", code)
	}
	if out, err := command(t, nil, "migrate", "up", "--project", project, "--db", pg.URL); err != nil {
		t.Fatalf("migrate up: %v\n%s", err, out)
	}
	early.start()
	early.ready()

	f := &fleet{t: t, primary: pg}
	f.exec(`insert into plinth.scripts (name) values ('rest/9998')`)
	next := newNode(t, "older", args...)
	next.ready()
	if !strings.Contains(next.log(), "by a newer Plinth (rest/9998)") {
		t.Errorf("it does not say that the database is newer\n%s", next.tail(5))
	}
	f.exec(`insert into plinth.scripts (name) values ('rest/9999-contract')`)
	last := newNode(t, "too old", args...)
	if code := last.wait(); code != 1 || !strings.Contains(last.log(), "too old") {
		t.Errorf("a node that is too old: exit code %d\n%s", code, last.tail(5))
	}
}
