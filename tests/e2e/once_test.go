package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// once is a client that numbers its writes, gives each a key, and keeps the answers.
type once struct {
	t       *testing.T
	mu      sync.Mutex
	next    int
	answers map[int]string // of the writes that were answered, by number
	half    chan struct{}  // closed when half of them are
}

const onceWrites = 300 // fewer than a page of the API

// write sends write n.
func (o *once) write(ctx context.Context, url string, n int) (answer string, replayed bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/rest/v1/drops?select=id,n", strings.NewReader(fmt.Sprintf(`{"n":%d}`, n)))
	if err != nil {
		return "", false, err
	}
	req.Header.Set("Apikey", localPublishable)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Prefer", "return=representation")
	req.Header.Set("Idempotency-Key", fmt.Sprintf("5f0f8cfb-3f4f-4d5e-9a43-%012d", n))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", false, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return "", false, err
	}
	return fmt.Sprint(res.StatusCode, " ", string(text)), res.Header.Get("Idempotency-Replayed") == "true", nil
}

// load writes until all are sent, or one gets no answer.
func (o *once) load(url string) {
	for {
		o.mu.Lock()
		n := o.next
		o.next++
		o.mu.Unlock()
		if n >= onceWrites {
			return
		}
		answer, _, err := o.write(o.t.Context(), url, n)
		if err != nil {
			return // the server was killed: whether it was done is not known
		}
		o.mu.Lock()
		if o.answers[n] = answer; len(o.answers) == onceWrites/2 {
			close(o.half)
		}
		o.mu.Unlock()
	}
}

// TestOnceThroughACrash: the server is killed while writes with keys are under way. Who
// sends all of them again finds each done once, and gets the first answer where there
// was one.
func TestOnceThroughACrash(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, e engine) {
		dir, data := t.TempDir(), t.TempDir()
		write(t, filepath.Join(dir, "supabase/migrations/1_drops.sql"), "create table drops (id bigint primary key generated always as identity, n int);")
		args := append([]string{"dev", "--project", dir, "--data", data, "--listen", "127.0.0.1:0"}, e.args...)
		p := start(t, nil, args...)
		o := &once{t: t, answers: map[int]string{}, half: make(chan struct{})}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { o.load(p.url) })
		}
		ended := make(chan struct{})
		go func() { all.Wait(); close(ended) }()
		select {
		case <-o.half:
		case <-ended:
			t.Fatalf("only %d writes were answered", len(o.answers))
		}
		p.kill()
		<-ended
		p = start(t, nil, args...)
		sent := min(o.next, onceWrites)
		for n := range sent {
			answer, replayed, err := o.write(t.Context(), p.url, n)
			if err != nil {
				t.Fatal(err)
			}
			if first, ok := o.answers[n]; ok && (answer != first || !replayed) || !strings.HasPrefix(answer, "201 ") {
				t.Errorf("write %d: first %q, then %q, replayed %v", n, first, answer, replayed)
			}
		}
		var rows []struct{ N int }
		if get(t, p.url+"/rest/v1/drops?select=n&order=n", localPublishable, &rows); len(rows) != sent {
			t.Errorf("%d writes with keys made %d rows", sent, len(rows))
		}
		for n, row := range rows {
			if row.N != n {
				t.Fatalf("row %d is of write %d", n, row.N)
			}
		}
		t.Logf("%d writes, %d answered before the crash", sent, len(o.answers))
		p.stop(t)
	})
}
