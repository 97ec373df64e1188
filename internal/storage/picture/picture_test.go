package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/url"
	"testing"
)

// quarters is a picture whose corners have four colours.
func quarters(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{0, 0, 0, 255}
			if x >= w/2 {
				c.R = 255
			}
			if y >= h/2 {
				c.G = 255
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

func jpegOf(t testing.TB, m image.Image, turn int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	if turn == 0 {
		return b.Bytes()
	}
	exif := []byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00")
	exif = append(exif, byte(turn), 0, 0, 0, 0, 0, 0)
	size := len(exif) + 2
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1, byte(size >> 8), byte(size)}, exif...)
	return append(out, b.Bytes()[2:]...)
}

func render(t *testing.T, in []byte, spec Spec) (image.Image, string) {
	t.Helper()
	shape, err := Probe(bytes.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	mime, err := Render(&out, bytes.NewReader(in), shape, spec)
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := image.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	return m, mime
}

func TestSizes(t *testing.T) {
	t.Parallel()
	in := jpegOf(t, quarters(400, 200), 0)
	for _, c := range []struct {
		query string
		w, h  int
	}{
		{"", 400, 200}, {"width=100", 100, 50}, {"height=100", 200, 100},
		{"width=100&height=100", 100, 100}, {"width=100&height=100&resize=contain", 100, 50},
		{"width=100&height=100&resize=fill", 100, 100}, {"width=50&height=100&resize=contain", 50, 25},
		{"width=1000", 400, 200}, {"width=1000&height=1000", 200, 200}, {"width=1000&height=50&resize=fill", 400, 50},
	} {
		q, _ := url.ParseQuery(c.query)
		spec, err := ParseQuery(q)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Parse(spec.Encode()); err != nil || again != spec {
			t.Errorf("Parse(%q) = %+v, %v", spec.Encode(), again, err)
		}
		m, mime := render(t, in, spec)
		if m.Bounds().Dx() != c.w || m.Bounds().Dy() != c.h || mime != "image/jpeg" {
			t.Errorf("%q = %v %s, want %d×%d", c.query, m.Bounds(), mime, c.w, c.h)
		}
	}
	for _, query := range []string{"width=0", "width=-1", "width=2501", "height=x", "quality=19", "quality=101", "resize=stretch", "format=bmp"} {
		q, _ := url.ParseQuery(query)
		if _, err := ParseQuery(q); err == nil {
			t.Errorf("%q is taken", query)
		}
	}
}

// A picture that was stored lying or mirrored comes out upright.
func TestOrientation(t *testing.T) {
	t.Parallel()
	upright := quarters(80, 40)
	for turn := 1; turn <= 8; turn++ {
		stored := store(upright, turn)
		m, _ := render(t, jpegOf(t, stored, turn), Spec{Width: 40, Resize: "cover", Quality: 95})
		if m.Bounds().Dx() != 40 || m.Bounds().Dy() != 20 {
			t.Errorf("turn %d: %v", turn, m.Bounds())
			continue
		}
		for _, p := range []image.Point{{5, 5}, {35, 5}, {5, 15}, {35, 15}} {
			r, g, _, _ := m.At(p.X, p.Y).RGBA()
			if (r > 0x8000) != (p.X > 20) || (g > 0x8000) != (p.Y > 10) {
				t.Errorf("turn %d: the colour at %v is %x %x", turn, p, r, g)
			}
		}
	}
}

// store does what a camera does that was held as turn says.
func store(m *image.RGBA, turn int) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	if turn >= 5 {
		w, h = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			to := origin(turn, image.Pt(x, y), image.Pt(w, h))
			out.Set(to.X, to.Y, m.At(x, y))
		}
	}
	return out
}

func TestFormats(t *testing.T) {
	t.Parallel()
	var p, g bytes.Buffer
	if err := png.Encode(&p, quarters(40, 40)); err != nil {
		t.Fatal(err)
	}
	if err := gif.Encode(&g, quarters(40, 40), nil); err != nil {
		t.Fatal(err)
	}
	for _, in := range [][]byte{p.Bytes(), g.Bytes()} {
		if m, mime := render(t, in, Spec{Width: 10, Resize: "cover"}); mime != "image/png" || m.Bounds().Dx() != 10 {
			t.Errorf("%s %v", mime, m.Bounds())
		}
	}
}

// Making a picture much smaller in two steps gives what one step gives.
func TestShrinking(t *testing.T) {
	t.Parallel()
	in := jpegOf(t, quarters(1000, 701), 0)
	for _, c := range []struct{ w, h int }{{100, 0}, {37, 37}, {250, 100}, {5, 5}} {
		m, _ := render(t, in, Spec{Width: c.w, Height: c.h, Resize: "cover", Quality: 95})
		b := m.Bounds()
		for _, p := range []image.Point{{b.Dx() / 5, b.Dy() / 5}, {b.Dx() * 4 / 5, b.Dy() / 5}, {b.Dx() / 5, b.Dy() * 4 / 5}, {b.Dx() * 4 / 5, b.Dy() * 4 / 5}} {
			r, g, _, _ := m.At(p.X, p.Y).RGBA()
			if (r > 0x8000) != (p.X > b.Dx()/2) || (g > 0x8000) != (p.Y > b.Dy()/2) {
				t.Errorf("%+v: the colour at %v is %x %x", c, p, r, g)
			}
		}
	}
	grey := image.NewYCbCr(image.Rect(0, 0, 99, 65), image.YCbCrSubsampleRatio420)
	for i := range grey.Y {
		grey.Y[i] = 77
	}
	for i := range grey.Cb {
		grey.Cb[i], grey.Cr[i] = 100, 200
	}
	for n := 2; n < 9; n++ {
		out, r := shrunk(grey, image.Rect(3, 5, 98, 64), n)
		m := out.(*image.YCbCr)
		if r.Dx() != 95/n || r.Dy() != 59/n {
			t.Errorf("by %d: %v", n, r)
		}
		for i, p := range [][]byte{m.Y, m.Cb, m.Cr} {
			for at, v := range p {
				if want := []byte{77, 100, 200}[i]; v != want {
					t.Fatalf("by %d, plane %d: %d at %d, want %d", n, i, v, at, want)
				}
			}
		}
	}
}

// WebP goes to whoever takes it; what is transparent stays PNG.
func TestWebP(t *testing.T) {
	t.Parallel()
	in := jpegOf(t, quarters(400, 200), 0)
	for _, c := range []struct{ format, accept, want string }{
		{"", "", "image/jpeg"}, {"", "image/avif,image/webp,*/*", "image/webp"}, {"", "*/*", "image/jpeg"}, {"origin", "image/webp", "image/jpeg"},
		{"webp", "", "image/webp"}, {"avif", "image/webp", "image/webp"}, {"avif", "", "image/jpeg"},
	} {
		spec := Spec{Width: 100, Resize: "cover", Quality: 80, Format: c.format}
		spec.Settle(c.accept)
		if m, mime := render(t, in, spec); mime != c.want || m.Bounds().Dx() != 100 || m.Bounds().Dy() != 50 {
			t.Errorf("%+v gives %s, %v", c, mime, m.Bounds())
		}
	}
	clear := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	var p bytes.Buffer
	if err := png.Encode(&p, clear); err != nil {
		t.Fatal(err)
	}
	if _, mime := render(t, p.Bytes(), Spec{Width: 10, Resize: "cover", Quality: 80, Format: "webp"}); mime != "image/png" {
		t.Errorf("a transparent picture is %s", mime)
	}
}

func FuzzSpec(f *testing.F) {
	for _, s := range []string{"width=100&height=50&resize=fill", "quality=20&format=webp", "width=99999999999999999999", "width=%00", "resize=cover&resize=fill", "width=1&width=-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		s, err := ParseQuery(q)
		if err != nil {
			return
		}
		if again, err := Parse(s.Encode()); err != nil || again != s {
			t.Errorf("Parse(%q) = %+v, %v", s.Encode(), again, err)
		}
		for _, size := range []image.Point{{1, 1}, {1, 5000}, {5000, 3}, {640, 480}} {
			p := s.fit(size.X, size.Y)
			if p.x < 0 || p.y < 0 || p.w < 1 || p.h < 1 || p.x+p.w > size.X || p.y+p.h > size.Y || p.toW < 1 || p.toH < 1 || p.toW > 5000 || p.toH > 5000 {
				t.Errorf("%+v of %v is %+v", s, size, p)
			}
		}
	})
}

func FuzzProbe(f *testing.F) {
	f.Add(jpegOf(f, quarters(8, 8), 6))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II\x2a\x00\xff\xff\xff\xff"))
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		shape, err := Probe(bytes.NewReader(in))
		if err != nil || shape.Pixels() > 1<<16 {
			return
		}
		var out bytes.Buffer
		Render(&out, bytes.NewReader(in), shape, Spec{Width: 4, Height: 4, Resize: "cover", Quality: 50})
	})
}
