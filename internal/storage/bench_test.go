package storage_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/storage"
)

// The client is in the same process: about half of what a benchmark shows is its own.
// make bench-files measures the server alone.
const small = 10 << 10

func (h *house) bench(b *testing.B, method string, path func(n int) string, body string) {
	b.Helper()
	bearer := "Bearer " + h.bearer("service")
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		req, err := http.NewRequest(method, h.url+path(n), strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Authorization", bearer)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			b.Fatalf("%s %s = %s", method, path(n), res.Status)
		}
	}
}

func BenchmarkDownload10K(b *testing.B) {
	h := open(b, nil)
	h.want(200, "service", "POST", "/object/private/a", strings.Repeat("x", small))
	h.bench(b, "GET", func(int) string { return "/object/private/a" }, "")
}

func BenchmarkUpload10K(b *testing.B) {
	h := open(b, nil)
	h.bench(b, "POST", func(n int) string { return "/object/private/" + strconv.Itoa(n) }, strings.Repeat("x", small))
}

// photograph is 3 megapixels with noise, as a camera has them.
func photograph(t testing.TB, w, h int) string {
	t.Helper()
	m, s := image.NewRGBA(image.Rect(0, 0, w, h)), uint32(1)
	for y := range h {
		for x := range w {
			s = s*1664525 + 1013904223
			n := float64(s >> 28)
			m.SetRGBA(x, y, color.RGBA{uint8(120 + 100*math.Sin(float64(x)/200) + n), uint8(120 + 100*math.Cos(float64(y)/300) + n), uint8((x + y) / 32), 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func BenchmarkThumbnail(b *testing.B) {
	h := open(b, func(c *storage.Config) { c.FileLimit = 64 << 20 })
	h.want(200, "service", "POST", "/object/private/p.jpg", photograph(b, 2048, 1536), "Content-Type: image/jpeg")
	b.Run("cold", func(b *testing.B) { // each has another quality and width
		h.bench(b, "GET", func(n int) string {
			return "/render/image/authenticated/private/p.jpg?width=" + strconv.Itoa(300+n/80) + "&quality=" + strconv.Itoa(20+n%80)
		}, "")
	})
	b.Run("warm", func(b *testing.B) {
		h.bench(b, "GET", func(int) string { return "/render/image/authenticated/private/p.jpg?width=300" }, "")
	})
}
