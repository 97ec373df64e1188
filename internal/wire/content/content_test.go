package content

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func rows(n int) []byte {
	var b bytes.Buffer
	b.WriteByte('[')
	for i := range n {
		fmt.Fprintf(&b, `{"id":%d,"body":"message number %d of the room","author":{"name":"user %d"}},`, i, i, i%7)
	}
	b.Truncate(b.Len() - 1)
	b.WriteByte(']')
	return b.Bytes()
}

func ask(method string, status int, body []byte, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/", nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	Write(w, r, status, body)
	return w
}

func plain(t *testing.T, w *httptest.ResponseRecorder) []byte {
	t.Helper()
	if n := w.Header().Get("Content-Length"); n != strconv.Itoa(w.Body.Len()) {
		t.Errorf("Content-Length %s of %d bytes", n, w.Body.Len())
	}
	var r io.Reader = w.Body
	var err error
	switch w.Header().Get("Content-Encoding") {
	case "gzip":
		r, err = gzip.NewReader(w.Body)
	case "br":
		r = brotli.NewReader(w.Body)
	case "zstd":
		var d *zstd.Decoder
		d, err = zstd.NewReader(w.Body)
		r = d
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCodings(t *testing.T) {
	t.Parallel()
	large, small := rows(100), rows(2)
	for _, c := range []struct {
		accept, want string
		body         []byte
	}{
		{"", "", large},
		{"identity", "", large},
		{"br", "br", large},
		{"gzip, deflate, br", "br", large},
		{"br, gzip", "br", large},
		{"br;q=0, gzip", "gzip", large},
		{"br, zstd", "zstd", large},
		{"gzip", "gzip", large},
		{"GZIP;q=0.5", "gzip", large},
		{"gzip;q=0", "", large},
		{"gzip; q=0.000", "", large},
		{"gzip;q=x", "", large},
		{"gzip, deflate, br, zstd", "zstd", large},
		{"zstd;q=0, gzip", "gzip", large},
		{"gzip, zstd", "", small},
		{"*", "", large},
	} {
		w := ask("GET", 200, c.body, "Accept-Encoding", c.accept)
		if got := w.Header().Get("Content-Encoding"); got != c.want {
			t.Errorf("%q of %d bytes: coding %q, want %q", c.accept, len(c.body), got, c.want)
		}
		if c.want != "" && w.Body.Len() > len(c.body)/3 {
			t.Errorf("%q: %d of %d bytes", c.accept, w.Body.Len(), len(c.body))
		}
		if got := plain(t, w); !bytes.Equal(got, c.body) {
			t.Errorf("%q: another body", c.accept)
		}
	}
}

// TestWhatWasSaidStays: what SQL said in headers is kept, and what is small already is
// not compressed.
func TestWhatWasSaidStays(t *testing.T) {
	t.Parallel()
	body := rows(100)
	for _, c := range []struct{ name, value, coding string }{
		{"Vary", "X-Tenant", "gzip"}, {"Etag", `"mine"`, "gzip"}, {"Content-Encoding", "br", "br"},
		{"Content-Type", "image/png", ""}, {"Content-Type", "application/vnd.pgrst.object+json", "gzip"}, {"Content-Type", "text/csv", "gzip"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set(c.name, c.value)
		Write(w, r, 200, body)
		if got := w.Header().Get(c.name); got != c.value {
			t.Errorf("%s is %q, said was %q", c.name, got, c.value)
		}
		if got := w.Header().Get("Content-Encoding"); got != c.coding {
			t.Errorf("%s %s: coding %q, want %q", c.name, c.value, got, c.coding)
		}
		if got := strings.Join(w.Header()["Vary"], ", "); !strings.HasSuffix(got, vary[0]) {
			t.Errorf("%s %s: Vary %q", c.name, c.value, got)
		}
	}
	if len(vary) != 1 {
		t.Error("the shared list was changed")
	}
}

func TestNotModified(t *testing.T) {
	t.Parallel()
	body := rows(100)
	tag := ask("GET", 200, body).Header().Get("ETag")
	if tag != ask("GET", 200, body, "Accept-Encoding", "gzip").Header().Get("ETag") {
		t.Error("the tag depends on the coding")
	}
	for _, c := range []struct {
		has  string
		want int
	}{
		{tag, 304}, {"*", 304}, {`"x", ` + tag, 304}, {strings.TrimPrefix(tag, "W/"), 304},
		{`"x"`, 200}, {"", 200}, {tag[:len(tag)-2] + `z"`, 200},
	} {
		w := ask("GET", 200, body, "If-None-Match", c.has)
		if w.Code != c.want || (w.Code == 304) != (w.Body.Len() == 0) {
			t.Errorf("If-None-Match %s = %d with %d bytes, want %d", c.has, w.Code, w.Body.Len(), c.want)
		}
		if w.Code == 304 && (w.Header().Get("ETag") != tag || w.Header().Get("Content-Length") != "") {
			t.Errorf("headers of 304: %v", w.Header())
		}
	}
	for _, w := range []*httptest.ResponseRecorder{ask("POST", 200, body, "If-None-Match", "*"), ask("GET", 206, body, "If-None-Match", "*")} {
		if w.Code == http.StatusNotModified || w.Header().Get("ETag") != "" {
			t.Errorf("%d with ETag %q", w.Code, w.Header().Get("ETag"))
		}
	}
	if Tag(body, "0-9/10") == Tag(body, "0-9/11") || Tag(body, "") == Tag(rows(99), "") {
		t.Error("two answers have one tag")
	}
}

// TestLongIsCompressed: a list that is asked for seldom has no tag, and varies by what it
// depends on alone.
func TestLongIsCompressed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body           []byte
		accept, coding string
		vary           string
	}{{rows(100), "br", "br", "Origin,Accept-Encoding"}, {rows(100), "", "", "Origin,Accept-Encoding"}, {rows(2), "br", "", "Origin"}} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Accept-Encoding", c.accept)
		w := httptest.NewRecorder()
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Vary", "Origin")
		Long(w, r, 200, c.body)
		h := w.Header()
		if h.Get("Content-Encoding") != c.coding || strings.Join(h["Vary"], ",") != c.vary || h.Get("ETag") != "" {
			t.Errorf("%d bytes, %q: %v", len(c.body), c.accept, h)
		}
		if got := plain(t, w); !bytes.Equal(got, c.body) {
			t.Errorf("%d bytes, %q: another body", len(c.body), c.accept)
		}
	}
}

func FuzzChoose(f *testing.F) {
	for _, s := range []string{"gzip", "zstd;q=0.1,gzip", ";;,,=", "gzip;q=1e309"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c := choose([]string{s}); c != identity && !strings.ContainsAny(strings.ToLower(s), "zb") {
			t.Errorf("%q chooses %d", s, c)
		}
		matches([]string{s}, `W/"0"`)
	})
}

func BenchmarkWrite(b *testing.B) {
	for _, n := range []int{1, 50} {
		body := rows(n)
		for _, accept := range []string{"", "gzip", "br", "zstd"} {
			b.Run(fmt.Sprintf("rows=%d/%s", n, accept), func(b *testing.B) {
				r := httptest.NewRequest("GET", "/", nil)
				if accept != "" {
					r.Header.Set("Accept-Encoding", accept)
				}
				w := &nowhere{h: http.Header{}}
				b.ReportAllocs()
				for b.Loop() {
					clear(w.h)
					Write(w, r, 200, body)
				}
				b.ReportMetric(float64(w.n), "sent/op")
			})
		}
	}
}

type nowhere struct {
	h http.Header
	n int
}

func (w *nowhere) Header() http.Header         { return w.h }
func (w *nowhere) WriteHeader(int)             {}
func (w *nowhere) Write(p []byte) (int, error) { w.n = len(p); return len(p), nil }
