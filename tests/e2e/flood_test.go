package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

// floodConns is all that the server may open to Postgres; three are the feed's.
const floodConns = 6

const floodTable = `create table drops (id bigint primary key generated always as identity, n int);
insert into drops (n) values (0);`

// TestFlood: many requests at the same moment, far more than there are connections. Each
// is answered, or refused with the time of the next try; what was acknowledged is there,
// and afterwards nothing is held. `make proof P=flood` sends 5,000 at once, also where
// work is shed; here it is 400.
func TestFlood(t *testing.T) {
	t.Parallel()
	n, waits := 400, []string{"0s"}
	if v := os.Getenv("PLINTH_PROOF_AT_ONCE"); v != "" {
		n, _ = strconv.Atoi(v)
		waits = append(waits, "50ms")
	}
	for _, wait := range waits {
		for _, name := range []string{"sqlite", "postgres"} {
			t.Run(name+" "+wait, func(t *testing.T) { flood(t, name, wait, n) })
		}
	}
}

func flood(t *testing.T, name, wait string, n int) {
	dir, url, most := t.TempDir(), "", func() int { return 0 }
	write(t, filepath.Join(dir, "supabase/migrations/1_drops.sql"), floodTable)
	write(t, filepath.Join(dir, "supabase/config.toml"), fmt.Sprintf("[plinth]\nconnections = %d\n[plinth.limits]\ndatabase_wait = %q\n", floodConns, wait))
	args := []string{"dev", "--project", dir, "--data", t.TempDir(), "--listen", "127.0.0.1:0"}
	if name == "postgres" {
		pg, err := pgserver.Start(t.Context(), "wal_level=logical")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { pg.Stop() })
		args = append(args, "--db", pg.URL)
		url = pg.URL
	}
	p := start(t, nil, args...)
	before := floodRest(t, p)
	if url != "" { // from now on: the start has a connection of its own, which ends when it does
		most = connections(t, url)
	}
	got := at(t, p, n)
	t.Logf("%d requests at once: %v", n, got)
	if total := got[200] + got[201] + got[429] + got[503] + got[504]; total != n || got[200] == 0 || got[201] == 0 {
		t.Errorf("of %d requests were answered %v", n, got)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for late := time.Now().Add(patience); ; <-tick.C {
		now := floodRest(t, p)
		if now.busy == 0 && now.open <= now.limit && now.goroutines <= before.goroutines+20 {
			break
		}
		if time.Now().After(late) {
			t.Fatalf("at rest: %+v, before: %+v", now, before)
		}
	}
	var rows []struct{ Count int }
	if get(t, p.url+"/rest/v1/drops?select=count", localPublishable, &rows); len(rows) != 1 || rows[0].Count != got[201]+1 {
		t.Errorf("%d inserts were acknowledged, and there are %+v rows", got[201], rows)
	}
	if c := most(); c > floodConns {
		t.Errorf("%d connections to Postgres at once, want at most %d", c, floodConns)
	}
	p.stop(t)
}

// at sends n requests at the same moment, every fourth a write, and counts the statuses.
func at(t *testing.T, p *process, n int) map[int]int {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	web := &http.Client{Transport: transport, Timeout: patience + 30*time.Second}
	var mu sync.Mutex
	var all sync.WaitGroup
	got, begin := map[int]int{}, make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-begin
			status, err := drop(t.Context(), web, p.url, i%4 == 0)
			mu.Lock()
			defer mu.Unlock()
			if got[status]++; err != nil {
				t.Error(err)
			}
		})
	}
	close(begin)
	all.Wait()
	return got
}

// drop sends one request. A refusal says when to come again.
func drop(ctx context.Context, web *http.Client, url string, writes bool) (int, error) {
	method, body := http.MethodGet, io.Reader(nil)
	if writes {
		method, body = http.MethodPost, strings.NewReader(`{"n":1}`)
	}
	req, err := http.NewRequestWithContext(ctx, method, url+"/rest/v1/drops?select=id&order=id&limit=5", body)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Apikey", localPublishable)
	req.Header.Set("Content-Type", "application/json")
	res, err := web.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode < 300 {
		return res.StatusCode, err
	}
	var problem struct{ Code, Message string }
	if json.Unmarshal(text, &problem) != nil || problem.Code == "" || res.Header.Get("Retry-After") == "" {
		return res.StatusCode, fmt.Errorf("%s: %d without a code or Retry-After: %.200s", method, res.StatusCode, text)
	}
	return res.StatusCode, nil
}

// held is what a server holds at a moment.
type held struct{ busy, open, limit, goroutines int }

func floodRest(t *testing.T, p *process) held {
	t.Helper()
	busy := p.metric(t, `plinth_db_connections{state="busy"}`)
	return held{
		busy: busy, open: busy + p.metric(t, `plinth_db_connections{state="idle"}`),
		limit: p.metric(t, "plinth_db_connections_limit"), goroutines: p.metric(t, "go_goroutines"),
	}
}

// metric reads a number of /metrics.
func (p *process) metric(t *testing.T, name string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Apikey", localSecret)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "\n"+name+" ")
	word, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.ParseFloat(strings.TrimSpace(word), 64)
	if !ok || err != nil {
		t.Fatalf("no %s in the metrics: %v", name, err)
	}
	return int(n)
}

// connections watches pg_stat_activity and tells the most that the server had at once, in two
// looks in a row: one that was closed may still be on its way out.
func connections(t *testing.T, url string) func() int {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c, err := pgconn.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	most, last, done := 0, 0, make(chan struct{})
	go func() {
		defer close(done)
		defer c.Close(context.Background())
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			res := c.ExecParams(ctx, "select count(*) from pg_stat_activity where application_name in ('plinth', 'plinth feed')", nil, nil, nil, nil).Read()
			if res.Err != nil {
				return // the watch is over
			}
			if n, err := strconv.Atoi(string(res.Rows[0][0])); err == nil {
				most, last = max(most, min(n, last)), n
			}
		}
	}()
	stop := sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(stop)
	return func() int { stop(); return most }
}
