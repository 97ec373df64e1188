package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

// outage counts what clients get while the database goes away and comes back.
type outage struct {
	t    *testing.T
	url  string
	mu   sync.Mutex
	next int
	kept int // writes that were acknowledged
	away int
	good chan struct{}
}

// request answers whether it went well; a failure must say that it may work later.
func (o *outage) request(ctx context.Context, method, body string) bool {
	req, err := http.NewRequestWithContext(ctx, method, o.url+"/rest/v1/r?select=id&limit=1", strings.NewReader(body))
	if err != nil {
		o.t.Error(err)
		return false
	}
	req.Header.Set("apikey", localPublishable)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		if ctx.Err() == nil {
			o.t.Error(err)
		}
		return false
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode < 300 {
		return err == nil
	}
	var problem struct{ Code string }
	err = json.Unmarshal(text, &problem)
	unknown := method == "POST" && problem.Code == "08007" // lost while it was committed
	if err != nil || !unknown && problem.Code != "PGRST000" || res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
		o.t.Errorf("%s: status %d, Retry-After %q: %s", method, res.StatusCode, res.Header.Get("Retry-After"), text)
	}
	return false
}

func (o *outage) load(ctx context.Context) {
	for ctx.Err() == nil {
		o.mu.Lock()
		o.next++
		id := o.next
		o.mu.Unlock()
		wrote := o.request(ctx, "POST", fmt.Sprintf(`{"id":%d}`, id))
		read := o.request(ctx, "GET", "")
		o.mu.Lock()
		if wrote {
			o.kept++
		}
		if !wrote || !read {
			o.away++
		}
		o.mu.Unlock()
		if wrote && read {
			select {
			case o.good <- struct{}{}:
			case <-ctx.Done():
			}
		}
	}
}

// TestDatabaseIsAway: the database dies under load and comes back. Meanwhile clients are
// told to come again, afterwards all works, and nothing acknowledged is lost; the server
// needs no restart.
func TestDatabaseIsAway(t *testing.T) {
	t.Parallel()
	pg, err := pgserver.Start(t.Context(), "synchronous_commit=on", "wal_level=logical")
	if err != nil {
		t.Fatal(err)
	}
	defer pg.Stop()
	project := t.TempDir()
	if err := os.MkdirAll(filepath.Join(project, "supabase/migrations"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(project, "supabase/migrations/1_r.sql"), "create table public.r (id int primary key);")
	p := start(t, nil, "dev", "--project", project, "--data", t.TempDir(), "--db", pg.URL, "--listen", "127.0.0.1:0")
	o := &outage{t: t, url: p.url, good: make(chan struct{})}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { o.load(ctx) })
	}
	well := func(n int) {
		for range n {
			select {
			case <-o.good:
			case <-ctx.Done():
				t.Fatal("the requests do not go well")
			}
		}
	}
	well(30)
	if err := pg.Crash(); err != nil {
		t.Fatal(err)
	}
	for o.request(ctx, "GET", "") { // until it is noticed
	}
	if err := pg.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	well(30)
	cancel()
	wg.Wait()
	req, err := http.NewRequest("GET", p.url+"/rest/v1/r?select=id", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("apikey", localPublishable)
	req.Header.Set("Prefer", "count=exact")
	req.Header.Set("Range", "0-0")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var total int
	if _, err := fmt.Sscanf(res.Header.Get("Content-Range"), "0-0/%d", &total); err != nil || total < o.kept || o.kept < 60 || o.away == 0 {
		t.Errorf("%s rows, %d acknowledged, %d failures: %v", res.Header.Get("Content-Range"), o.kept, o.away, err)
	}
	p.stop(t)
}
