package e2e

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/tests/s3server"
)

// TestAsyncOverS3 ships to S3 behind the writes. A kill -9 loses nothing that was
// acknowledged while the disk is there; where it is gone, a standby has everything that
// had been shipped, and leads.
func TestAsyncOverS3(t *testing.T) {
	t.Parallel()
	s3, err := s3server.Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s3.Stop() })
	code, keys, log := command(t, nil, "keys")
	if code != 0 {
		t.Fatal(log)
	}
	env := append(strings.Fields(keys), "PLINTH_BACKUP_BACKEND=s3", "PLINTH_BACKUP_MODE=async", "PLINTH_BACKUP_INTERVAL=100ms", "PLINTH_BACKUP_LEASE=2s",
		"PLINTH_BACKUP_S3_ENDPOINT="+s3.Endpoint, "PLINTH_BACKUP_S3_BUCKET="+s3.Bucket,
		"PLINTH_BACKUP_S3_ACCESS_KEY="+s3.AccessKey, "PLINTH_BACKUP_S3_SECRET_KEY="+s3.SecretKey)
	secret := ""
	for _, line := range env {
		if v, ok := strings.CutPrefix(line, "PLINTH_SECRET_KEY="); ok {
			secret = v
		}
	}
	args := func(data string) []string {
		return []string{"serve", "--standby", "--project", "testdata/shipped", "--data", data, "--listen", "127.0.0.1:0"}
	}
	data := t.TempDir()
	first := start(t, env, args(data)...)
	l := newLoad(t, secret)
	l.to(first, 100)
	first.kill()
	l.url.Store(nil)
	first = start(t, env, args(data)...)
	l.check(first, time.Time{}) // the disk was there
	second := launch(t, env, args(t.TempDir())...)
	following(t, second)
	l.to(first, 100)
	l.stop()
	l.wg.Wait()
	shipped(t, first, secret)
	first.kill()
	leads(t, second)
	l.check(second, time.Time{}) // another disk
}

// shipped waits until the store of backups has every commit.
func shipped(t *testing.T, p *process, key string) {
	t.Helper()
	for late := time.Now().Add(patience); time.Now().Before(late); <-time.After(20 * time.Millisecond) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Apikey", key)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nplinth_backup_lag_seconds 0\n") {
			return
		}
	}
	t.Fatal("not everything was shipped")
}
