package vp8

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"

	"golang.org/x/image/webp"
)

// scene is a picture with slopes, edges and noise.
func scene(w, h int) *image.RGBA {
	m, s := image.NewRGBA(image.Rect(0, 0, w, h)), uint32(1)
	for y := range h {
		for x := range w {
			s = s*1664525 + 1013904223
			n := float64(s>>28) / 2
			c := color.RGBA{uint8(120 + 100*math.Sin(float64(x)/40) + n), uint8(120 + 100*math.Cos(float64(y)/30) + n), uint8((x + y) / 4), 255}
			if (x/37+y/53)%5 == 0 {
				c = color.RGBA{250, 30, uint8(x), 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

// decode reads a file by another's decoder, and returns its planes as they are.
func decode(t testing.TB, file []byte) *image.YCbCr {
	t.Helper()
	m, err := webp.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return m.(*image.YCbCr)
}

// psnr compares the brightness of what was decoded with the source's.
func psnr(m *image.RGBA, got *image.YCbCr) float64 {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	y, _, _ := convert(m, (w+15)/16, (h+15)/16)
	sum := 0.0
	for j := range h {
		for i := range w {
			d := float64(y.pix[j*y.stride+i]) - float64(got.Y[j*got.YStride+i])
			sum += d * d
		}
	}
	return 10 * math.Log10(255*255/(sum/float64(w*h)+1e-9))
}

func TestAnotherDecoderReadsIt(t *testing.T) {
	t.Parallel()
	for _, size := range []image.Point{{1, 1}, {2, 3}, {16, 16}, {17, 33}, {300, 200}, {640, 401}} {
		last := 0.0
		for _, quality := range []int{0, 20, 50, 80, 100} {
			m := scene(size.X, size.Y)
			var out bytes.Buffer
			if err := Encode(&out, m, quality); err != nil {
				t.Fatal(err)
			}
			got := decode(t, out.Bytes())
			p := psnr(m, got)
			var j bytes.Buffer
			if err := jpeg.Encode(&j, m, &jpeg.Options{Quality: max(quality, 1)}); err != nil {
				t.Fatal(err)
			}
			t.Logf("%v quality %d: %d bytes (JPEG %d), %.1f dB", size, quality, out.Len(), j.Len(), p)
			if got.Rect.Size() != size || quality >= 80 && p < 40 || size.X > 100 && p < last {
				t.Errorf("%v at quality %d: %v, %.1f dB after %.1f", size, quality, got.Rect, p, last)
			}
			last = p
		}
	}
	if err := Encode(&bytes.Buffer{}, image.NewRGBA(image.Rect(0, 0, 0, 5)), 80); err != ErrSize {
		t.Errorf("an empty picture: %v", err)
	}
}

// What this package believes that the decoder will have is what it has: a difference
// would grow from block to block.
func TestTheDecoderArrivesAtTheSamePixels(t *testing.T) {
	t.Parallel()
	m := scene(160, 112)
	f := newFrame(m, 100) // the loop filter is off
	f.encode()
	var out bytes.Buffer
	if err := Encode(&out, m, 100); err != nil {
		t.Fatal(err)
	}
	got := decode(t, out.Bytes())
	for y := range 112 {
		for x := range 160 {
			if a, b := f.dst[0].pix[y*f.dst[0].stride+x], got.Y[y*got.YStride+x]; a != b {
				t.Fatalf("at %d,%d: %d here, %d there", x, y, a, b)
			}
		}
	}
	for i, c := range [][]byte{got.Cb, got.Cr} {
		for y := range 56 {
			if !bytes.Equal(f.dst[1+i].row(0, y, 80), c[y*got.CStride:][:80]) {
				t.Fatalf("colour %d differs in row %d", i, y)
			}
		}
	}
}

func TestTransformsAreOpposites(t *testing.T) {
	t.Parallel()
	s := uint32(7)
	for range 1000 {
		var b block
		for i := range b {
			s = s*1664525 + 1013904223
			b[i] = int32(s>>23) - 256
		}
		c, d := b, b
		forwardDCT(&c)
		inverseDCT(&c)
		forwardWHT(&d)
		inverseWHT(&d)
		for i := range b {
			if max(b[i]-c[i], c[i]-b[i]) > 2 || max(b[i]-d[i], d[i]-b[i]) > 1 {
				t.Fatalf("%v became %v and %v", b, c, d)
			}
		}
	}
}

func FuzzEncode(f *testing.F) {
	f.Add([]byte{1, 2, 3}, 20, 10, 80)
	f.Fuzz(func(t *testing.T, pix []byte, w, h, quality int) {
		if w < 1 || h < 1 || w > 70 || h > 70 || len(pix) == 0 {
			return
		}
		m := image.NewRGBA(image.Rect(0, 0, w, h))
		for i := range m.Pix {
			m.Pix[i] = pix[i%len(pix)]
		}
		var out bytes.Buffer
		if err := Encode(&out, m, quality); err != nil {
			t.Fatal(err)
		}
		if got := decode(t, out.Bytes()); got.Rect != m.Rect {
			t.Errorf("%v became %v", m.Rect, got.Rect)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	m := scene(300, 200)
	b.ReportAllocs()
	for b.Loop() {
		Encode(&bytes.Buffer{}, m, 80)
	}
}
