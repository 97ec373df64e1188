package storage_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/storage"
)

const octets = "Content-Type: application/offset+octet-stream"

// tus sends a request of the protocol; path may be a Location.
func (h *house) tus(as, method, path, body string, header ...string) answer {
	h.t.Helper()
	path = strings.TrimPrefix(path, h.url)
	return h.call(as, method, path, body, append([]string{"Tus-Resumable: 1.0.0"}, header...)...)
}

func (h *house) tusWant(code int, as, method, path, body string, header ...string) answer {
	h.t.Helper()
	a := h.tus(as, method, path, body, header...)
	if a.code != code {
		h.t.Fatalf("%s %s %v = %d %s, want %d", method, path, header, a.code, a.body, code)
	}
	if got := a.header.Get("Tus-Resumable"); got != "1.0.0" {
		h.t.Errorf("%s %s: Tus-Resumable %q", method, path, got)
	}
	return a
}

func metadata(pairs ...string) string {
	var out []string
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, pairs[i]+" "+base64.StdEncoding.EncodeToString([]byte(pairs[i+1])))
	}
	return "Upload-Metadata: " + strings.Join(out, ",")
}

func begin(h *house, as, bucket, name string, length int, more ...string) string {
	h.t.Helper()
	head := append([]string{metadata("bucketName", bucket, "objectName", name, "contentType", "text/plain", "cacheControl", "60"), "Upload-Length: " + strconv.Itoa(length)}, more...)
	return h.tusWant(201, as, "POST", "/upload/resumable", "", head...).header.Get("Location")
}

func patch(h *house, code int, as, url string, offset int, body string, more ...string) answer {
	h.t.Helper()
	return h.tusWant(code, as, "PATCH", url, body, append([]string{octets, "Upload-Offset: " + strconv.Itoa(offset)}, more...)...)
}

func TestResumable(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	a := h.call("", "OPTIONS", "/upload/resumable", "")
	if a.code != 204 || a.header.Get("Tus-Version") != "1.0.0" || !strings.Contains(a.header.Get("Tus-Extension"), "creation-with-upload") || a.header.Get("Tus-Max-Size") == "" {
		t.Errorf("OPTIONS = %d %v", a.code, a.header)
	}
	mine := uid(1) + "/a.txt"
	url := begin(h, "ann", "private", mine, 11)
	a = h.tusWant(200, "ann", "HEAD", url, "")
	if a.header.Get("Upload-Offset") != "0" || a.header.Get("Upload-Length") != "11" || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Upload-Expires") == "" || !strings.Contains(a.header.Get("Upload-Metadata"), "bucketName") {
		t.Errorf("HEAD = %v", a.header)
	}
	if a = patch(h, 204, "ann", url, 0, "hello"); a.header.Get("Upload-Offset") != "5" {
		t.Errorf("PATCH = %v", a.header)
	}
	patch(h, 409, "ann", url, 0, "hello")
	patch(h, 404, "bob", url, 5, " world")
	patch(h, 413, "ann", url, 5, " world and more")
	h.tusWant(415, "ann", "PATCH", url, "x", "Content-Type: text/plain", "Upload-Offset: 5")
	if a = h.call("ann", "HEAD", strings.TrimPrefix(url, h.url), ""); a.code != 412 {
		t.Errorf("without a version = %d", a.code)
	}
	h.want(400, "ann", "GET", "/object/private/"+mine, "")
	if a = patch(h, 204, "ann", url, 5, " world"); a.header.Get("Upload-Offset") != "11" {
		t.Errorf("PATCH = %v", a.header)
	}
	a = h.want(200, "ann", "GET", "/object/private/"+mine, "")
	if a.body != "hello world" || a.header.Get("Content-Type") != "text/plain" || a.header.Get("Cache-Control") != "max-age=60" {
		t.Errorf("the object = %q %v", a.body, a.header)
	}
	a = h.tusWant(200, "ann", "HEAD", url, "") // the last answer may have been lost
	if a.header.Get("Upload-Offset") != "11" {
		t.Errorf("HEAD after the end = %v", a.header)
	}
	h.agree(1)
}

func TestResumableIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *storage.Config) { c.FileLimit = 1000 })
	h.want(200, "service", "POST", "/object/pub/taken.txt", "x")
	for _, c := range []struct {
		code               int
		as, bucket, object string
		length, header     string
	}{
		{403, "bob", "private", uid(1) + "/a.txt", "1", ""},
		{403, "", "pub", "a.txt", "1", ""},
		{404, "service", "none", "a.txt", "1", ""},
		{400, "service", "pub", "../a.txt", "1", ""},
		{400, "service", "pub", "", "1", ""},
		{400, "service", "", "a.txt", "1", ""},
		{413, "service", "pub", "a.txt", "1001", ""},
		{400, "service", "pub", "a.txt", "-1", ""},
		{400, "service", "pub", "a.txt", "", ""},
		{409, "service", "pub", "taken.txt", "1", ""},
		{201, "service", "pub", "taken.txt", "1", "X-Upsert: true"},
		{415, "service", "small", "a.pdf", "1", ""},
		{413, "service", "small", "a.txt", "11", ""},
		{400, "service", "pub", "a.txt", "1", "Upload-Defer-Length: 1"},
		{400, "service", "pub", "a.txt", "1", "Upload-Concat: nonsense"},
		{403, "expired", "pub", "a.txt", "1", ""},
	} {
		kind := "text/plain"
		if strings.HasSuffix(c.object, ".pdf") {
			kind = "application/pdf"
		}
		head := []string{metadata("bucketName", c.bucket, "objectName", c.object, "contentType", kind), "Upload-Length: " + c.length}
		if c.header != "" {
			head = append(head, c.header)
		}
		if a := h.tus(c.as, "POST", "/upload/resumable", "", head...); a.code != c.code {
			t.Errorf("%+v = %d %s", c, a.code, a.body)
		}
	}
	for _, id := range []string{"none", "..%2fx", uid(1)} {
		h.tusWant(404, "service", "HEAD", "/upload/resumable/"+id, "")
	}
	h.agree(1)
}

func TestCreationWithUploadAndDeferredLength(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	a := h.tusWant(201, "service", "POST", "/upload/resumable", "all of it", metadata("bucketName", "pub", "objectName", "a"), "Upload-Length: 9", octets)
	if a.header.Get("Upload-Offset") != "9" {
		t.Errorf("creation with upload = %v", a.header)
	}
	h.tusWant(201, "service", "POST", "/upload/resumable", "", metadata("bucketName", "pub", "objectName", "empty"), "Upload-Length: 0")
	if a := h.want(200, "", "GET", "/object/public/pub/empty", ""); a.body != "" {
		t.Errorf("empty = %q", a.body)
	}
	url := h.tusWant(201, "service", "POST", "/upload/resumable", "", metadata("bucketName", "pub", "objectName", "later"), "Upload-Defer-Length: 1").header.Get("Location")
	if a := h.tusWant(200, "service", "HEAD", url, ""); a.header.Get("Upload-Defer-Length") != "1" || a.header.Get("Upload-Length") != "" {
		t.Errorf("HEAD = %v", a.header)
	}
	patch(h, 204, "service", url, 0, "one ")
	patch(h, 400, "service", url, 4, "two", "Upload-Length: 3")
	patch(h, 204, "service", url, 4, "two", "Upload-Length: 7")
	if a := h.want(200, "", "GET", "/object/public/pub/later", ""); a.body != "one two" {
		t.Errorf("later = %q", a.body)
	}
	h.agree(3)
}

func TestTerminationAndExpiration(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	url := begin(h, "service", "pub", "a", 10)
	patch(h, 204, "service", url, 0, "hello")
	h.tusWant(404, "ann", "DELETE", url, "")
	h.tusWant(204, "service", "DELETE", url, "")
	h.tusWant(404, "service", "HEAD", url, "")
	h.agree(0)
	url = begin(h, "service", "pub", "a", 10)
	patch(h, 204, "service", url, 0, "hello")
	h.now = h.now.Add(25 * time.Hour)
	h.tusWant(410, "service", "HEAD", url, "")
	if err := h.svc.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
	h.tusWant(404, "service", "HEAD", url, "")
	h.agree(0)
}

func TestChecksums(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	url := begin(h, "service", "pub", "a", 5)
	const good = "Upload-Checksum: sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00="
	patch(h, 460, "service", url, 0, "hellO", good)
	patch(h, 400, "service", url, 0, "hello", "Upload-Checksum: sha9 qvTGHdzF6KLavt4PO0gs2a6pQ00=")
	if a := h.tusWant(200, "service", "HEAD", url, ""); a.header.Get("Upload-Offset") != "0" || h.blobCount() != 0 {
		t.Errorf("bytes with a wrong sum were kept: %v", a.header)
	}
	patch(h, 204, "service", url, 0, "hello", good)
	h.agree(1)
}

func TestConcatenation(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	var urls []string
	for i, text := range []string{"one ", "two ", "three"} {
		name := fmt.Sprintf("%s/part%d", uid(1), i)
		url := begin(h, "ann", "private", name, len(text), "Upload-Concat: partial")
		urls = append(urls, url)
		if i == 2 {
			h.tusWant(400, "ann", "POST", "/upload/resumable", "", metadata("bucketName", "private", "objectName", uid(1)+"/all"), "Upload-Concat: final;"+strings.Join(urls, " "))
		}
		patch(h, 204, "ann", url, 0, text)
	}
	head := []string{metadata("bucketName", "private", "objectName", uid(1)+"/all", "contentType", "text/plain"), "Upload-Concat: final;" + strings.Join(urls, " ")}
	h.tusWant(400, "service", "POST", "/upload/resumable", "", head...) // the parts are not the service's
	url := h.tusWant(201, "ann", "POST", "/upload/resumable", "", head...).header.Get("Location")
	if a := h.want(200, "ann", "GET", "/object/private/"+uid(1)+"/all", ""); a.body != "one two three" || !strings.HasSuffix(a.header.Get("Etag"), `-3"`) {
		t.Errorf("the whole = %q %v", a.body, a.header)
	}
	patch(h, 403, "ann", url, 13, "x")
	if a := h.tusWant(200, "ann", "HEAD", url, ""); a.header.Get("Upload-Length") != "13" || !strings.HasPrefix(a.header.Get("Upload-Concat"), "final;") {
		t.Errorf("HEAD = %v", a.header)
	}
	h.tusWant(404, "ann", "HEAD", urls[0], "")
	h.agree(1)
}

func TestResumableSigned(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	name := uid(1) + "/signed.txt"
	a := h.want(200, "ann", "POST", "/object/upload/sign/private/"+name, "")
	tok := strings.Split(strings.Split(a.body, `"token":"`)[1], `"`)[0]
	sign := "X-Signature: " + tok
	head := []string{metadata("bucketName", "private", "objectName", name, "contentType", "text/plain"), "Upload-Length: 2"}
	h.tusWant(400, "", "POST", "/upload/resumable/sign", "", head...)
	other := []string{metadata("bucketName", "private", "objectName", name+"x"), "Upload-Length: 2", sign}
	h.tusWant(400, "", "POST", "/upload/resumable/sign", "", other...)
	url := h.tusWant(201, "", "POST", "/upload/resumable/sign", "", append(head, sign)...).header.Get("Location")
	patch(h, 400, "", url, 0, "hi")
	patch(h, 404, "ann", strings.Replace(url, "/sign/", "/", 1), 0, "hi")
	patch(h, 204, "", url, 0, "hi", sign)
	if a := h.want(200, "ann", "GET", "/object/private/"+name, ""); a.body != "hi" {
		t.Errorf("the object = %q", a.body)
	}
	h.agree(1)
}

// A client that is cut off goes on where the bytes ended, also while the server still
// believes in the old connection.
func TestACutUploadGoesOn(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	const size = 20 << 20
	url := begin(h, "service", "pub", "big", size)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	sent := make(chan struct{})
	body := &stalling{z: whole(size), after: 9 << 20, reached: sent, stop: ctx.Done()}
	req, _ := http.NewRequestWithContext(ctx, "PATCH", url, body)
	req.ContentLength = size
	for _, line := range []string{"Tus-Resumable: 1.0.0", octets, "Upload-Offset: 0", "Authorization: Bearer " + h.bearer("service")} {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	failed := make(chan struct{})
	go func() {
		defer close(failed)
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
		}
	}()
	<-sent
	offset, err := strconv.Atoi(h.tusWant(200, "service", "HEAD", url, "").header.Get("Upload-Offset"))
	if err != nil || offset < 1<<20 || offset > 9<<20 {
		t.Fatalf("the offset after 9 MB is %d", offset)
	}
	cancel()
	<-failed
	patch(h, 204, "service", url, offset, strings.Repeat("\x00", size-offset))
	a := h.want(200, "", "HEAD", "/object/public/pub/big", "")
	if a.header.Get("Content-Length") != strconv.Itoa(size) {
		t.Errorf("the object has %s bytes", a.header.Get("Content-Length"))
	}
	h.agree(1)
}

// stalling sends some bytes and then nothing, without ending.
type stalling struct {
	z       *zeros
	after   int64
	reached chan struct{}
	stop    <-chan struct{}
}

func (s *stalling) Read(p []byte) (int, error) {
	if s.after == 0 {
		if s.reached != nil {
			close(s.reached)
			s.reached = nil
		}
		<-s.stop
		return 0, context.Canceled
	}
	n, err := s.z.Read(p[:min(int64(len(p)), s.after)])
	s.after -= int64(n)
	return n, err
}
