package storage

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
)

func FuzzRange(f *testing.F) {
	for _, s := range []string{"bytes=0-", "bytes=-5", "bytes=1-2", "bytes=5-1", "bytes=-0", "bytes=9999999999999999999-", "bytes=0-0,1-1", "lines=1-2", "bytes=--1", "bytes= 1-2"} {
		f.Add(s, int64(10))
	}
	f.Fuzz(func(t *testing.T, text string, size int64) {
		if size < 0 {
			return
		}
		rng, ok, err := parseRange(text, size)
		switch {
		case err != nil && ok, !ok && rng != blob.Whole:
			t.Errorf("parseRange(%q, %d) = %v, %v, %v", text, size, rng, ok, err)
		case ok && (rng.Offset < 0 || rng.Length < 1 || rng.Offset+rng.Length > size):
			t.Errorf("parseRange(%q, %d) = %v, which is outside", text, size, rng)
		}
	})
}

func FuzzKey(f *testing.F) {
	for _, k := range []string{"a/b.txt", "../x", "a/../b", "a//b", "/a", "a/", "a\x00", "ä", ".", "..", "a b", "a\\b", "%2e%2e/x", "...", "a/.../b"} {
		f.Add(k)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if checkKey(key) == nil && (path.Clean("/"+key) != "/"+key || strings.ContainsAny(key, "\\\x00\r\n\"<>%#") || len(key) > maxKey) {
			t.Errorf("checkKey accepts %q", key)
		}
		if checkBucket(key) == nil && (strings.Contains(key, "/") || key == ".." || len(key) > maxBucket) {
			t.Errorf("checkBucket accepts %q", key)
		}
	})
}

func FuzzForm(f *testing.F) {
	for _, s := range []string{
		"--x\r\nContent-Disposition: form-data; name=\"\"; filename=\"blob\"\r\n\r\nhi\r\n--x--\r\n",
		"--x\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n{}\r\n--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"../../x\"\r\nContent-Type: a/b\r\n\r\nhi\r\n--x--\r\n",
		"--x\r\n\r\nhi", "", "--x--", "--x\r\nContent-Disposition: form-data; name=\"cacheControl\"\r\n\r\n1\n\r\r\n--x--",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		in, err := readForm(multipart.NewReader(bytes.NewReader(body), "x"))
		if err != nil {
			return
		}
		if err := in.sniff(); err != nil {
			return
		}
		if strings.ContainsAny(in.mime+in.cache+in.encoding, "\r\n\x00") {
			t.Errorf("a header could be smuggled: %q %q %q", in.mime, in.cache, in.encoding)
		}
	})
}

func TestConditions(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	same, later, earlier := at.Format(http.TimeFormat), at.Add(time.Hour).Format(http.TimeFormat), at.Add(-time.Hour).Format(http.TimeFormat)
	for _, c := range []struct {
		header string
		want   verdict
	}{
		{"", send},
		{`If-None-Match: "e"`, notModified}, {`If-None-Match: W/"e"`, notModified}, {`If-None-Match: "x", "e"`, notModified},
		{`If-None-Match: *`, notModified}, {`If-None-Match: "x"`, send},
		{`If-Match: "e"`, send}, {`If-Match: W/"e"`, preconditionFailed}, {`If-Match: *`, send}, {`If-Match: "x"`, preconditionFailed},
		{`If-Modified-Since: ` + same, notModified}, {`If-Modified-Since: ` + earlier, send}, {`If-Modified-Since: nonsense`, send},
		{`If-Unmodified-Since: ` + earlier, preconditionFailed}, {`If-Unmodified-Since: ` + later, send},
	} {
		h := http.Header{}
		if name, value, ok := strings.Cut(c.header, ": "); ok {
			h.Set(name, value)
		}
		if got := judge(h, `"e"`, at); got != c.want {
			t.Errorf("%s: %v, want %v", c.header, got, c.want)
		}
	}
}

// Up to 8 MB an ETag is the MD5 that S3 has; a larger file's is of its version.
func TestETags(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 5, hashedSize, hashedSize + 1} {
		tag := newTagger("0123-version")
		body := bytes.Repeat([]byte("x"), n)
		for part := range slices.Chunk(body, 1<<20) {
			tag.Write(part)
		}
		want := fmt.Sprintf("%x", md5.Sum(body))
		if n > hashedSize {
			want = "0123version"
		}
		if tag.tag() != want {
			t.Errorf("%d bytes: %s, want %s", n, tag.tag(), want)
		}
	}
}

// deadlines is a connection that remembers its last deadline.
type deadlines struct {
	http.ResponseWriter
	last time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.last = t
	return nil
}

// The deadline of a body ends with it: what comes after it may take its time.
func TestPatienceEndsWithTheBody(t *testing.T) {
	t.Parallel()
	conn := &deadlines{}
	body := patience(conn, io.NopCloser(strings.NewReader("0123456789")))
	if _, err := io.ReadFull(body, make([]byte, 5)); err != nil || conn.last.IsZero() {
		t.Errorf("within the body: %v, the deadline is %v", err, conn.last)
	}
	if _, err := io.ReadAll(body); err != nil || !conn.last.IsZero() {
		t.Errorf("behind the body: %v, the deadline is %v", err, conn.last)
	}
}
