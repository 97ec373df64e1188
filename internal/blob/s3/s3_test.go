package s3

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/blob/blobtest"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/tests/s3server"
)

// fake is an S3 in this process, behind TLS. It knows no copying of parts, so that a
// join's other way is gone too.
func fake(t *testing.T) (Config, *http.Transport) {
	t.Helper()
	mem := s3mem.New()
	if err := mem.CreateBucket("files"); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewTLSServer(gofakes3.New(mem).Server())
	t.Cleanup(srv.Close)
	cfg := Config{Endpoint: srv.URL, Bucket: "files", AccessKey: "a", SecretKey: "b"}
	return cfg, srv.Client().Transport.(*http.Transport)
}

func real(t *testing.T) (Config, *http.Transport) {
	t.Helper()
	srv, err := s3server.Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Stop() })
	return Config{Endpoint: srv.Endpoint, Region: srv.Region, Bucket: srv.Bucket, AccessKey: srv.AccessKey, SecretKey: token.Secret(srv.SecretKey)}, nil
}

func open(t *testing.T, cfg Config, over *http.Transport) *Store {
	t.Helper()
	cfg.Spool = t.TempDir()
	start := Open
	if over != nil {
		start = func(ctx context.Context, cfg Config) (*Store, error) { return openOver(ctx, cfg, over) }
	}
	s, err := start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*testing.T) (Config, *http.Transport){"gofakes3": fake, "versitygw": real} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, over := start(t)
			var n atomic.Int64
			blobtest.Run(t, func(t *testing.T) blob.Store { // each test has a prefix of its own
				cfg := cfg
				cfg.Prefix = fmt.Sprintf("t%d/", n.Add(1))
				return open(t, cfg, over)
			})
		})
	}
}
