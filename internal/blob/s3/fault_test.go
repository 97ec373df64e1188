package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/plinth-dev/plinth/internal/blob"
)

// bad is a service that answers each request about an object with answers in turn; the
// last one is repeated. An answer is "status code", and "200" is good.
func bad(t *testing.T, answers ...string) (*Store, *atomic.Int32) {
	t.Helper()
	var asked atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead && strings.Trim(r.URL.Path, "/") == "files" {
			return
		}
		n := int(asked.Add(1))
		var status int
		var code string
		fmt.Sscan(answers[min(n, len(answers))-1], &status, &code)
		w.WriteHeader(status)
		if code != "" {
			fmt.Fprintf(w, "<Error><Code>%s</Code><Message>told to</Message></Error>", code)
		}
	}))
	t.Cleanup(srv.Close)
	return open(t, Config{Endpoint: srv.URL, Bucket: "files", AccessKey: "a", SecretKey: "b"}, nil), &asked
}

func TestFaultsOfTheService(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]error{
		"404 NoSuchKey": blob.ErrMissing, "416 InvalidRange": blob.ErrRange, "403 AccessDenied": blob.ErrIO, "404 NoSuchBucket": blob.ErrIO,
		"507 Whatever": blob.ErrFull, "403 QuotaExceeded": blob.ErrFull, "400": blob.ErrIO,
	} {
		s, _ := bad(t, answer)
		if _, err := s.Get(t.Context(), "k", blob.Whole); !errors.Is(err, want) {
			t.Errorf("%s: Get = %v, want %v", answer, err, want)
		}
	}
	for _, answer := range []string{"507 Whatever", "403 QuotaExceeded"} {
		for _, n := range []int{10, 1 << 20, 9 << 20} {
			s, _ := bad(t, answer)
			if _, err := s.Put(t.Context(), "k", strings.NewReader(strings.Repeat("x", n)), int64(n)); !errors.Is(err, blob.ErrFull) {
				t.Errorf("%s: Put of %d = %v, want ErrFull", answer, n, err)
			}
		}
	}
}

// What is held can be sent again, and is, when the service asks for patience.
func TestASmallBlobIsSentAgain(t *testing.T) {
	t.Parallel()
	s, asked := bad(t, "503 SlowDown", "500 InternalError", "200")
	if _, err := s.Put(t.Context(), "k", strings.NewReader("x"), 1); err != nil || asked.Load() != 3 {
		t.Errorf("Put = %v after %d requests", err, asked.Load())
	}
	s, _ = bad(t, "503 SlowDown")
	if _, err := s.Put(t.Context(), "k", strings.NewReader("x"), 1); !errors.Is(err, blob.ErrBusy) {
		t.Errorf("Put = %v, want ErrBusy", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	good, _ := real(t)
	none, key, gone := good, good, good
	none.Bucket, key.SecretKey, gone.Endpoint = "nobodys", "wrong", "http://127.0.0.1:1"
	for want, cfg := range map[string]Config{`no bucket "nobodys"`: none, "Access Denied": key, "refused": gone, "access key": {Bucket: "b"}, "not a URL": {Endpoint: "s3.example.com", Bucket: "b", AccessKey: "a", SecretKey: "b"}} {
		s, err := Open(t.Context(), cfg)
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%+v) = %v, want %q", cfg, err, want)
		}
		if err != nil && strings.Contains(err.Error(), string(good.SecretKey)) {
			t.Errorf("the secret is told: %v", err)
		}
	}
}

// Parts of a put that never ended go when their time is over, and not before. The
// spool has no names.
func TestTidyGivesUploadsUp(t *testing.T) {
	t.Parallel()
	cfg, over := real(t)
	s, ctx := open(t, cfg, over), context.Background()
	id, err := s.core.NewMultipartUpload(ctx, s.bucket, "dead", minio.PutObjectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	count := func() int {
		t.Helper()
		list, err := s.core.ListMultipartUploads(ctx, s.bucket, "", "", "", "", 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(list.Uploads)
	}
	if _, err := s.core.PutObjectPart(ctx, s.bucket, "dead", id, 1, strings.NewReader("x"), 1, minio.PutObjectPartOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Tidy(ctx, time.Now().Add(-time.Hour)); err != nil || count() != 1 {
		t.Errorf("a fresh upload: %v, %d are left", err, count())
	}
	if err := s.Tidy(ctx, time.Now().Add(time.Hour)); err != nil || count() != 0 {
		t.Errorf("an old upload: %v, %d are left", err, count())
	}
	seen := false
	look := readerFunc(func(p []byte) (int, error) {
		list, err := os.ReadDir(s.spool)
		seen = seen || err != nil || len(list) > 0
		return len(p), err
	})
	if _, err := s.Put(ctx, "k", io.LimitReader(look, 9<<20), -1); err != nil || seen {
		t.Errorf("Put = %v, a name in the spool: %t", err, seen)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
