package storage_test

import (
	"bytes"
	"context"
	"encoding/json"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/storage"
)

func jpegOf(t testing.TB, w, h int) string {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, w, h)), nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func (h *house) picture(as, path string, wantW, wantH int) answer {
	h.t.Helper()
	a := h.want(200, as, "GET", path, "")
	m, _, err := image.Decode(strings.NewReader(a.body))
	if err != nil || m.Bounds().Dx() != wantW || m.Bounds().Dy() != wantH {
		h.t.Fatalf("%s = %v, %v, want %d×%d", path, m, err, wantW, wantH)
	}
	return a
}

func TestRender(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	h.want(200, "service", "POST", "/object/pub/p.jpg", jpegOf(t, 400, 200), "Content-Type: image/jpeg")
	mine := "/private/" + uid(1) + "/p.jpg"
	h.want(200, "ann", "POST", "/object"+mine, jpegOf(t, 400, 200), "Content-Type: image/jpeg")
	h.picture("", "/render/image/public/pub/p.jpg?width=100", 100, 50)
	a := h.picture("", "/render/image/public/pub/p.jpg?width=100", 100, 50)
	if a.header.Get("Content-Type") != "image/jpeg" || a.header.Get("Etag") == "" {
		t.Errorf("headers = %v", a.header)
	}
	if a := h.want(200, "", "GET", "/render/image/public/pub/p.jpg?width=100", "", "Accept: image/webp,*/*"); a.header.Get("Content-Type") != "image/webp" || a.header.Get("Vary") != "Accept" {
		t.Errorf("for a browser: %v", a.header)
	}
	if a := h.want(200, "", "GET", "/render/image/public/pub/p.jpg?width=100&format=origin", "", "Accept: image/webp,*/*"); a.header.Get("Content-Type") != "image/jpeg" || a.header.Get("Vary") != "" {
		t.Errorf("the origin's format: %v", a.header)
	}
	h.want(304, "", "GET", "/render/image/public/pub/p.jpg?width=100", "", "If-None-Match: "+a.header.Get("Etag"))
	h.picture("ann", "/render/image/authenticated"+mine+"?width=50&height=50&resize=contain&quality=50", 50, 25)
	for path, code := range map[string]string{
		"/render/image/authenticated" + mine + "?width=50": "NoSuchKey",
		"/render/image/public" + mine + "?width=50":        "NoSuchBucket",
		"/render/image/public/pub/p.jpg?width=9999":        "InvalidRequest",
		"/render/image/public/pub/none.jpg":                "NoSuchKey",
		"/render/image/sign/pub/p.jpg?token=x":             "InvalidJWT",
	} {
		if a := h.want(400, "bob", "GET", path, ""); !strings.Contains(a.body, `"code":"`+code+`"`) {
			t.Errorf("%s = %s, want %s", path, a.body, code)
		}
	}
	var signed struct{ SignedURL string }
	a = h.want(200, "ann", "POST", "/object/sign"+mine, `{"expiresIn":60,"transform":{"width":40,"height":40,"resize":"fill"}}`)
	if err := json.Unmarshal([]byte(a.body), &signed); err != nil || !strings.HasPrefix(signed.SignedURL, "/render/image/sign/") {
		t.Fatalf("signed = %s, %v", a.body, err)
	}
	h.picture("", signed.SignedURL+"&width=200", 40, 40)
	h.want(400, "", "GET", strings.Replace(signed.SignedURL, "/render/image/sign/", "/object/sign/", 1), "")
	h.agree(2) // cached pictures are neither rows nor orphans
	if n := h.blobCount(); n != 6 {
		t.Errorf("%d blobs, want 2 and 4 cached pictures", n)
	}
	h.now = time.Now().Add(25 * time.Hour)
	if err := h.svc.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := h.blobCount(); n != 2 {
		t.Errorf("%d blobs after a day", n)
	}
}

// A small file that claims to be a huge picture is refused before it is decoded.
func TestPictureBombs(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *storage.Config) { c.ImagePixels = 1_000_000 })
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	bomb := b.Bytes()
	copy(bomb[16:], []byte{0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30}) // 30,000 × 30,000
	sum := crc32.ChecksumIEEE(bomb[12:29])
	copy(bomb[29:], []byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	for name, body := range map[string]string{"bomb.png": string(bomb), "text.png": "not a picture", "empty.png": "", "cut.jpg": jpegOf(t, 100, 100)[:300]} {
		h.want(200, "service", "POST", "/object/pub/"+name, body, "Content-Type: image/png")
		if a := h.want(400, "", "GET", "/render/image/public/pub/"+name+"?width=10", ""); !strings.Contains(a.body, `"statusCode":"422"`) {
			t.Errorf("%s = %s", name, a.body)
		}
	}
}

// A purge forgets the pictures that were made, of one file or of a bucket, and no
// others.
func TestPurge(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	paths := []string{"pub/a.jpg", "pub/b.jpg", "private/c.jpg"}
	for _, p := range paths {
		h.want(200, "service", "POST", "/object/"+p, jpegOf(t, 40, 20), "Content-Type: image/jpeg")
		for _, width := range []string{"10", "20"} {
			h.want(200, "service", "GET", "/render/image/authenticated/"+p+"?width="+width, "")
		}
	}
	for _, c := range []struct {
		path string
		left int
	}{{"/cdn/pub/a.jpg", 7}, {"/cdn/pub/a.jpg", 7}, {"/cdn/pub?transformations=true", 5}, {"/cdn/private/c.jpg", 3}} {
		h.want(200, "service", "DELETE", c.path, "")
		if n := h.blobCount(); n != c.left {
			t.Errorf("after %s there are %d blobs, want %d", c.path, n, c.left)
		}
	}
	h.want(400, "ann", "DELETE", "/cdn/pub", "")
	h.agree(3)
}
