package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/tests/s3server"
)

// attempt is what a client knows of one write.
type attempt struct{ sent, acked time.Time }

// load writes to one server at a time, which may change, and remembers what came back.
type load struct {
	t    *testing.T
	key  string
	url  atomic.Pointer[string]
	next atomic.Int64
	mu   sync.Mutex
	all  map[int64]attempt
	stop context.CancelFunc
	wg   sync.WaitGroup
}

func newLoad(t *testing.T, key string) *load {
	l := &load{t: t, key: key, all: map[int64]attempt{}}
	ctx, stop := context.WithCancel(t.Context())
	l.stop = stop
	for range 8 {
		l.wg.Go(func() {
			for ctx.Err() == nil {
				if url := l.url.Load(); url != nil {
					l.write(ctx, *url)
				} else {
					<-time.After(5 * time.Millisecond)
				}
			}
		})
	}
	t.Cleanup(func() { stop(); l.wg.Wait() })
	return l
}

func (l *load) write(ctx context.Context, url string) {
	id := l.next.Add(1)
	w := attempt{sent: time.Now()}
	l.mu.Lock()
	l.all[id] = w
	l.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, url+"/rest/v1/marks", strings.NewReader(fmt.Sprintf(`{"id":%d}`, id)))
	req.Header.Set("Apikey", l.key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		<-time.After(5 * time.Millisecond)
		return
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	if res.StatusCode == http.StatusCreated {
		w.acked = time.Now()
		l.mu.Lock()
		l.all[id] = w
		l.mu.Unlock()
	}
}

// to lets the load go on at p until n more writes were acknowledged.
func (l *load) to(p *process, n int) {
	l.t.Helper()
	l.url.Store(&p.url)
	start := l.acked()
	for end := time.Now().Add(patience); l.acked() < start+n; <-time.After(2 * time.Millisecond) {
		if time.Now().After(end) {
			l.t.Fatalf("%d of %d writes were acknowledged", l.acked()-start, n)
		}
	}
}

func (l *load) acked() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.all {
		if !w.acked.IsZero() {
			n++
		}
	}
	return n
}

// rows are the writes that a server has.
func (l *load) rows(p *process) map[int64]bool {
	l.t.Helper()
	have := map[int64]bool{}
	for from := 0; ; from += 1000 {
		var page []struct{ ID int64 }
		if code := get(l.t, fmt.Sprintf("%s/rest/v1/marks?select=id&order=id&limit=1000&offset=%d", p.url, from), l.key, &page); code != http.StatusOK {
			l.t.Fatalf("status %d", code)
		}
		for _, r := range page {
			have[r.ID] = true
		}
		if len(page) < 1000 {
			break
		}
	}
	return have
}

// check compares what a server has with what was acknowledged before a time; zero is now:
// before the server was asked, since writes go on.
func (l *load) check(p *process, at time.Time) {
	l.t.Helper()
	asked := time.Now()
	have := l.rows(p)
	l.mu.Lock()
	defer l.mu.Unlock()
	acked := 0
	for id, w := range l.all {
		before := w.acked.Before(asked) && (at.IsZero() || w.acked.Before(at))
		if !w.acked.IsZero() && before {
			if acked++; !have[id] {
				l.t.Errorf("write %d was acknowledged at %s, before it was asked at %s, and is not there", id, w.acked.Format(time.RFC3339Nano), asked.Format(time.RFC3339Nano))
			}
		}
		if have[id] && !at.IsZero() && w.sent.After(at) {
			l.t.Errorf("write %d was sent at %s, after %s, and is there", id, w.sent.Format(time.RFC3339Nano), at.Format(time.RFC3339Nano))
		}
	}
	if acked == 0 {
		l.t.Error("nothing was acknowledged")
	}
	l.t.Logf("%d rows, %d of them acknowledged", len(have), acked)
}

func vaultEnv(dir string, more ...string) []string {
	return append([]string{"PLINTH_BACKUP_BACKEND=disk", "PLINTH_BACKUP_DIR=" + dir, "PLINTH_BACKUP_LEASE=2s"}, more...)
}

func devWith(t *testing.T, env []string, data string) *process {
	t.Helper()
	return start(t, env, "dev", "--project", "testdata/shipped", "--data", data, "--listen", "127.0.0.1:0")
}

func putNote(t *testing.T, p *process, name, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/storage/v1/object/notes/"+name, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Apikey", localSecret)
	req.Header.Set("Content-Type", "text/plain")
	req.Header.Set("X-Upsert", "true")
	if code := send(t, req, nil); code != http.StatusOK {
		t.Fatalf("upload: status %d", code)
	}
}

func dropNote(t *testing.T, p *process, name string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, p.url+"/storage/v1/object/notes/"+name, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Apikey", localSecret)
	if code := send(t, req, nil); code != http.StatusOK {
		t.Fatalf("delete: status %d", code)
	}
}

// TestRestoreToATime writes under load with a kill -9 in the middle, and restores three
// times: each has exactly what was acknowledged before it, and its files.
func TestRestoreToATime(t *testing.T) {
	t.Parallel()
	s3, err := s3server.Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s3.Stop() })
	for name, env := range map[string][]string{
		"disk": vaultEnv(t.TempDir(), "PLINTH_BACKUP_MODE=sync"),
		"s3": {"PLINTH_BACKUP_BACKEND=s3", "PLINTH_BACKUP_MODE=sync", "PLINTH_BACKUP_S3_ENDPOINT=" + s3.Endpoint, "PLINTH_BACKUP_S3_BUCKET=" + s3.Bucket,
			"PLINTH_BACKUP_S3_ACCESS_KEY=" + s3.AccessKey, "PLINTH_BACKUP_S3_SECRET_KEY=" + s3.SecretKey},
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); restoreToATime(t, env) })
	}
}

func restoreToATime(t *testing.T, env []string) {
	rounds := 1
	if n, err := strconv.Atoi(os.Getenv("PLINTH_PROOF_ROUNDS")); err == nil {
		rounds = n
	}
	data := t.TempDir()
	l := newLoad(t, localSecret)
	var times []time.Time
	note := func() { times = append(times, time.Now()); <-time.After(2 * time.Millisecond) }
	for range rounds {
		p := devWith(t, env, data)
		putNote(t, p, "kept.txt", "as it was first")
		l.to(p, 60)
		note() // under load
		l.to(p, 60)
		dropNote(t, p, "kept.txt")
		putNote(t, p, "kept.txt", "as it was later")
		putNote(t, p, "other.txt", "another")
		note()
		l.to(p, 60)
		p.kill()
	}
	p := devWith(t, env, data)
	l.to(p, 60)
	note()
	l.url.Store(nil)
	p.stop(t)
	if code, out, log := command(t, env, "backup", "verify", "--project", "testdata/shipped", "--data", data); code != 0 {
		t.Errorf("verify: %s%s", out, log)
	}
	for n, at := range times {
		fresh := t.TempDir()
		code, out, log := command(t, env, "restore", "--project", "testdata/shipped", "--data", fresh, "--to", at.UTC().Format(time.RFC3339Nano))
		if code != 0 {
			t.Fatalf("restore: %s%s", out, log)
		}
		if code, out, log := command(t, nil, "storage", "check", "--project", "testdata/shipped", "--data", fresh, "--grace", "0s"); code != 0 {
			t.Errorf("storage check: %s%s", out, log)
		}
		r := devWith(t, nil, fresh)
		l.check(r, at)
		if n == 0 {
			wantNote(t, r, "as it was first")
		} else if n == len(times)-1 {
			wantNote(t, r, "as it was later")
		}
		r.stop(t)
	}
	if code, _, log := command(t, env, "restore", "--project", "testdata/shipped", "--data", data); code != 1 || !strings.Contains(log, "there is a database") {
		t.Errorf("restore over a database: exit code %d, %q", code, log)
	}
}

func wantNote(t *testing.T, p *process, want string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/storage/v1/object/notes/kept.txt", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Apikey", localSecret)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if b, err := io.ReadAll(res.Body); err != nil || string(b) != want {
		t.Errorf("the file is %q, %v; want %q", b, err, want)
	}
}

// TestOneBackup takes a single snapshot of a running server that ships nothing, and
// restores it with its files.
func TestOneBackup(t *testing.T) {
	t.Parallel()
	env := vaultEnv(t.TempDir())
	data, fresh := t.TempDir(), t.TempDir()
	p := devWith(t, nil, data)
	l := newLoad(t, localSecret)
	l.to(p, 30)
	putNote(t, p, "kept.txt", "a note")
	before := time.Now()
	if code, out, log := command(t, env, "backup", "--project", "testdata/shipped", "--data", data); code != 0 {
		t.Fatalf("backup: %s%s", out, log)
	}
	l.to(p, 30)
	l.url.Store(nil)
	p.stop(t)
	if code, out, log := command(t, env, "restore", "--project", "testdata/shipped", "--data", fresh, "--to", before.Add(-time.Second).UTC().Format(time.RFC3339Nano)); code != 1 || !strings.Contains(log, "backup_none") {
		t.Errorf("restore to a time before: exit code %d: %s%s", code, out, log)
	}
	if code, out, log := command(t, env, "restore", "--project", "testdata/shipped", "--data", fresh); code != 0 {
		t.Fatalf("restore: %s%s", out, log)
	}
	if code, out, log := command(t, nil, "storage", "check", "--project", "testdata/shipped", "--data", fresh, "--grace", "0s"); code != 0 {
		t.Errorf("storage check: %s%s", out, log)
	}
	r := devWith(t, nil, fresh)
	have := l.rows(r)
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, w := range l.all {
		if !w.acked.IsZero() && w.acked.Before(before) && !have[id] {
			t.Errorf("write %d is not there", id)
		}
	}
	wantNote(t, r, "a note")
}

// TestStandby kills the server that leads, and then stops the next one in the middle and
// wakes it up again: no write that anyone acknowledged is lost.
func TestStandby(t *testing.T) {
	t.Parallel()
	code, keys, log := command(t, nil, "keys")
	if code != 0 {
		t.Fatal(log)
	}
	env := vaultEnv(t.TempDir(), append(strings.Fields(keys), "PLINTH_BACKUP_MODE=sync")...)
	secret := ""
	for _, line := range env {
		if v, ok := strings.CutPrefix(line, "PLINTH_SECRET_KEY="); ok {
			secret = v
		}
	}
	args := func(data string) []string {
		return []string{"serve", "--standby", "--project", "testdata/shipped", "--data", data, "--listen", "127.0.0.1:0"}
	}
	first := start(t, env, args(t.TempDir())...)
	data := t.TempDir()
	second := launch(t, env, args(data)...)
	url := following(t, second)
	if code := get(t, url+"/healthz", "", nil); code != http.StatusOK {
		t.Errorf("a standby's /healthz: %d", code)
	}
	if code := get(t, url+"/readyz", "", nil); code != http.StatusServiceUnavailable {
		t.Errorf("a standby's /readyz: %d", code)
	}
	l := newLoad(t, secret)
	l.to(first, 100)
	first.kill()
	leads(t, second)
	l.to(second, 100)
	l.check(second, time.Time{})

	third := launch(t, env, args(t.TempDir())...)
	following(t, third)
	if err := second.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	leads(t, third)
	if err := second.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := second.wait(); err == nil {
		t.Error("the fenced server ended well")
	}
	l.to(third, 100)
	l.check(third, time.Time{})

	// The fenced one comes back as a standby, with its old folder, and may lead again.
	again := launch(t, env, args(data)...)
	following(t, again)
	l.url.Store(nil)
	third.stop(t)
	leads(t, again)
	l.to(again, 20)
	l.check(again, time.Time{})
	l.url.Store(nil)
}

func following(t *testing.T, p *process) (url string) {
	t.Helper()
	line, ok := p.out.wait(func(s string) bool { return strings.HasPrefix(s, "standby on ") })
	if !ok {
		t.Fatalf("it does not follow: %v", p.wait())
	}
	return strings.TrimSuffix(strings.TrimPrefix(line, "standby on "), ": following")
}

func leads(t *testing.T, p *process) {
	t.Helper()
	line, ok := p.out.wait(readyLine.MatchString)
	if !ok {
		t.Fatalf("it does not take over: %v", p.wait())
	}
	p.url = readyLine.FindStringSubmatch(line)[1]
}
