package storage_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/storage"
)

// zeros is a body of n bytes that nobody holds; after cut bytes it fails.
type zeros struct{ n, cut int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.cut == 0 {
		return 0, errors.New("the line is cut")
	}
	if z.n == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.n)
	clear(p[:n])
	z.n -= n
	z.cut = max(0, z.cut-n)
	return int(n), nil
}

func whole(n int64) *zeros { return &zeros{n, 1 << 60} }

// Bodies stream: while 64 MB go in and come out, the heap never grows by more than a
// few buffers. The heap is looked at by the reader and the writer of the bytes.
func TestBodiesStream(t *testing.T) {
	const size = 64 << 20
	h := open(t, func(c *storage.Config) { c.FileLimit = size })
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	peak := uint64(0)
	look := func() {
		runtime.ReadMemStats(&now)
		peak = max(peak, now.HeapAlloc)
	}
	req, _ := http.NewRequest("POST", h.url+"/object/pub/big.bin", io.TeeReader(whole(size), every(8<<20, look)))
	req.ContentLength = size
	req.Header.Set("Authorization", "Bearer "+h.bearer("service"))
	if a := h.do(req); a.code != 200 {
		t.Fatalf("upload = %d %s", a.code, a.body)
	}
	res, err := http.Get(h.url + "/object/public/pub/big.bin")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	sum := md5.New()
	n, err := io.Copy(io.MultiWriter(sum, every(8<<20, look)), res.Body)
	if err != nil || n != size {
		t.Fatalf("download = %d bytes, %v", n, err)
	}
	want := md5.New()
	if _, err := io.Copy(want, whole(size)); err != nil || !bytes.Equal(sum.Sum(nil), want.Sum(nil)) {
		t.Errorf("other bytes came back: %v", err)
	}
	if grown := int64(peak) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
	h.agree(1)
}

// every calls fn each time n bytes were written.
func every(n int64, fn func()) io.Writer { return &counter{every: n, fn: fn} }

type counter struct {
	seen, every int64
	fn          func()
}

func (c *counter) Write(p []byte) (int, error) {
	if c.seen += int64(len(p)); c.seen >= c.every {
		c.seen = 0
		c.fn()
	}
	return len(p), nil
}

func TestAnUploadThatDiesLeavesNeitherRowNorBytes(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	for _, known := range []bool{true, false} {
		req, _ := http.NewRequest("POST", h.url+"/object/pub/dead.bin", &zeros{4 << 20, 2 << 20})
		if known {
			req.ContentLength = 4 << 20
		}
		req.Header.Set("Authorization", "Bearer "+h.bearer("service"))
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
			t.Errorf("the request ended with %s", res.Status)
		}
	}
	h.srv.Close() // waits for the requests under way
	h.agree(0)
	if n := h.tempFiles(); n != 0 {
		t.Errorf("%d temporary files are left", n)
	}
}

func TestTooLargeIsRefusedOnTheWay(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *storage.Config) { c.FileLimit = 1 << 20 })
	for _, length := range []int64{-1, 1<<20 + 1} {
		req, _ := http.NewRequest("POST", h.url+"/object/pub/large.bin", whole(1<<20+1))
		req.ContentLength = length
		req.Header.Set("Authorization", "Bearer "+h.bearer("service"))
		if a := h.do(req); a.code != 400 || !strings.Contains(a.body, "EntityTooLarge") {
			t.Errorf("answer = %d %s", a.code, a.body)
		}
	}
	h.agree(0)
}

// Many write and delete one key at once; in the end rows and bytes agree.
func TestRacesOnOneKey(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	var wg sync.WaitGroup
	created := make(chan string, 100)
	for i := range 6 {
		wg.Go(func() {
			for j := range 8 {
				body := strings.Repeat(strconv.Itoa(i), 100+j)
				up := h.call("service", "POST", "/object/pub/hot.txt", body, "Content-Type: text/plain", "X-Upsert: "+strconv.FormatBool(j%2 == 0))
				if up.code == 200 && j%2 == 1 {
					created <- up.body
				}
				got := h.call("", "GET", "/object/public/pub/hot.txt", "")
				if got.code == 200 && (len(got.body) < 100 || strings.Trim(got.body, got.body[:1]) != "" || got.header.Get("Content-Length") != strconv.Itoa(len(got.body))) {
					t.Errorf("a torn read: %q", got.body)
				}
				if got.code != 200 && !strings.Contains(got.body, "NoSuchKey") {
					t.Errorf("read = %d %s", got.code, got.body)
				}
				if j == 5 {
					h.call("service", "DELETE", "/object/pub/hot.txt", "")
				}
			}
		})
	}
	wg.Wait()
	h.want(200, "service", "PUT", "/object/pub/hot.txt", "last")
	h.agree(1)
}

func TestCheckFindsAndRepairs(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	ctx := context.Background()
	for _, name := range []string{"a", "b", "c"} {
		h.want(200, "service", "POST", "/object/pub/"+name, name)
	}
	if _, err := h.blobs.Put(ctx, "orphan", strings.NewReader("x"), 1); err != nil {
		t.Fatal(err)
	}
	rows, err := h.db.Query(ctx, db.Owner, `select version from storage.objects where name = 'b'`)
	if err != nil {
		t.Fatal(err)
	}
	rows.Next()
	version := rows.Value(0).S
	rows.Close()
	if err := h.blobs.Delete(ctx, version); err != nil {
		t.Fatal(err)
	}
	if a := h.call("", "GET", "/object/public/pub/b", ""); a.code != 400 || !strings.Contains(a.body, "NoSuchKey") {
		t.Errorf("a row without bytes = %d %s", a.code, a.body)
	}
	cfg := storage.CheckConfig{DB: h.db, Blobs: h.blobs, Grace: time.Minute, Now: time.Now}
	if rep, err := storage.Check(ctx, cfg); err != nil || len(rep.Orphans) != 0 {
		t.Errorf("a fresh blob counts as an orphan: %+v, %v", rep, err)
	}
	cfg.Now = func() time.Time { return time.Now().Add(time.Hour) }
	for _, repair := range []bool{false, true} {
		cfg.Repair = repair
		rep, err := storage.Check(ctx, cfg)
		if err != nil || len(rep.Orphans) != 1 || len(rep.Missing) != 1 || rep.Missing[0] != "pub/b" || rep.Objects != 3 {
			t.Errorf("Check = %+v, %v", rep, err)
		}
	}
	h.agree(2)
}

func TestTheSweeperStartsAndStops(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *storage.Config) { c.SweepEvery = time.Millisecond; c.Grace = time.Minute })
	if _, err := h.blobs.Put(context.Background(), "orphan", strings.NewReader("x"), 1); err != nil {
		t.Fatal(err)
	}
	h.now = time.Now().Add(time.Hour)
	h.svc.Start()
	h.svc.Start()
	deadline := time.Now().Add(5 * time.Second)
	for h.blobCount() > 0 && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	h.svc.Stop()
	h.svc.Stop()
	h.agree(0)
}

// Who has begun to read a file reads it to its end, though it is deleted or replaced
// meanwhile.
func TestADeleteLeavesReadersAlone(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	const size = 4 << 20
	for name, change := range map[string]func(path string){
		"deleted":  func(path string) { h.want(200, "service", "DELETE", "/object/pub/"+path, "") },
		"replaced": func(path string) { h.want(200, "service", "PUT", "/object/pub/"+path, "new") },
	} {
		h.want(200, "service", "POST", "/object/pub/"+name, strings.Repeat("a", size))
		res, err := http.Get(h.url + "/object/public/pub/" + name)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		head := make([]byte, 100)
		if _, err := io.ReadFull(res.Body, head); err != nil {
			t.Fatal(err)
		}
		change(name)
		rest, err := io.ReadAll(res.Body)
		if err != nil || len(rest) != size-len(head) || strings.Trim(string(rest), "a") != "" {
			t.Errorf("%s: %d bytes more, %v", name, len(rest), err)
		}
	}
	h.agree(1)
}

// weary is a store that fails.
type weary struct {
	blob.Store
	err error
}

func (w weary) Put(context.Context, string, io.Reader, int64) (blob.Info, error) {
	return blob.Info{}, w.err
}

func (w weary) Get(context.Context, string, blob.Range) (io.ReadCloser, error) { return nil, w.err }

// What a store complains of reaches the client as the wire has it, without a word of
// the store's own, and leaves no row.
func TestAStoreThatFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		code int
		says string
	}{
		{blob.ErrBusy, 429, `"code":"SlowDown"`}, {blob.ErrFull, 507, `"code":"InsufficientStorage"`},
		{blob.ErrIO.WithCause(errors.New("the secret of the store")), 500, `"code":"InternalError"`}, {errors.New("the secret of the store"), 500, `"code":"InternalError"`},
	} {
		inner := blob.Store(nil)
		h := open(t, func(cfg *storage.Config) { inner, cfg.Blobs = cfg.Blobs, &weary{cfg.Blobs, c.err} })
		for _, a := range []answer{
			h.call("service", "POST", "/object/pub/raw", "x"), h.call("service", "POST", "/object/pub/large", strings.Repeat("x", 2<<20)),
			h.tus("service", "POST", "/upload/resumable", "x", metadata("bucketName", "pub", "objectName", "tus"), "Upload-Length: 1", octets),
		} {
			if a.code != c.code || !strings.Contains(a.body, c.says) || strings.Contains(a.body, "the secret") {
				t.Errorf("%v: upload = %d %s", c.err, a.code, a.body)
			}
		}
		h.blobs = inner
		h.agree(0)
	}
}
