package picture

import (
	"bufio"
	"errors"
	"image"
	"image/color"
	_ "image/gif" // decodes GIF
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // decodes WebP

	"github.com/plinth-dev/plinth/internal/storage/picture/vp8"
)

// ErrKind is the fault of bytes that are no picture this package knows.
var ErrKind = errors.New("picture: not a JPEG, PNG, GIF or WebP")

// Shape is what a picture's header says.
type Shape struct {
	Format        string
	Width, Height int // as it is stored
	turn          int // EXIF's orientation, 1 to 8
}

// headSize is how much of a file is looked at for its orientation.
const headSize = 64 << 10

// Probe reads a picture's header.
func Probe(r io.Reader) (Shape, error) {
	buf := bufio.NewReaderSize(r, headSize)
	head, err := buf.Peek(headSize)
	if err != nil && err != io.EOF {
		return Shape{}, err
	}
	turn := orientation(head)
	cfg, format, err := image.DecodeConfig(buf)
	if err != nil || cfg.Width < 1 || cfg.Height < 1 {
		return Shape{}, ErrKind
	}
	return Shape{format, cfg.Width, cfg.Height, turn}, nil
}

// Pixels is how many a decoder will hold.
func (s Shape) Pixels() int64 { return int64(s.Width) * int64(s.Height) }

// maxWebP is how many pixels become WebP, whose coder keeps all that it will write: as
// many as can be asked for. A larger picture, as it is, stays what it was.
const maxWebP = maxSide * maxSide

// Render decodes r, whose header Probe read, and writes it as spec says. It returns
// the type of what it wrote.
func Render(w io.Writer, r io.Reader, shape Shape, spec Spec) (mime string, err error) {
	src, _, err := image.Decode(bufio.NewReaderSize(r, headSize))
	if err != nil {
		return "", ErrKind
	}
	b := src.Bounds()
	if b.Dx() != shape.Width || b.Dy() != shape.Height {
		return "", ErrKind // not the picture that was measured
	}
	if shape.turn >= 5 { // stored lying on its side
		spec.Width, spec.Height = spec.Height, spec.Width
	}
	p := spec.fit(b.Dx(), b.Dy())
	part := image.Rect(p.x, p.y, p.x+p.w, p.y+p.h).Add(b.Min)
	dst := image.NewRGBA(image.Rect(0, 0, p.toW, p.toH))
	if p.toW == p.w && p.toH == p.h {
		draw.Draw(dst, dst.Bounds(), src, part.Min, draw.Src)
	} else {
		src, part = shrunk(src, part, min(p.w/p.toW, p.h/p.toH)/2)
		draw.CatmullRom.Scale(dst, dst.Bounds(), src, part, draw.Src, nil)
	}
	dst = turned(dst, shape.turn)
	if spec.Format == "webp" && len(dst.Pix)/4 <= maxWebP && dst.Opaque() {
		return "image/webp", vp8.Encode(w, dst, spec.Quality)
	}
	if shape.Format == "jpeg" || shape.Format == "webp" && dst.Opaque() {
		return "image/jpeg", jpeg.Encode(w, dst, &jpeg.Options{Quality: spec.Quality})
	}
	return "image/png", png.Encode(w, dst)
}

// turned puts a picture upright.
func turned(src *image.RGBA, turn int) *image.RGBA {
	if turn < 2 || turn > 8 {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	outW, outH := w, h
	if turn >= 5 {
		outW, outH = h, w
	}
	dst := image.NewRGBA(image.Rect(0, 0, outW, outH))
	for y := range outH {
		for x := range outW {
			from := origin(turn, image.Pt(x, y), image.Pt(w, h))
			c := src.Pix[src.PixOffset(from.X, from.Y):]
			dst.SetRGBA(x, y, color.RGBA{c[0], c[1], c[2], c[3]})
		}
	}
	return dst
}

// origin is where the pixel at p of the upright picture is stored in one of that size.
func origin(turn int, p, size image.Point) image.Point {
	right, bottom := size.X-1, size.Y-1
	switch turn {
	case 2:
		return image.Pt(right-p.X, p.Y)
	case 3:
		return image.Pt(right-p.X, bottom-p.Y)
	case 4:
		return image.Pt(p.X, bottom-p.Y)
	case 5:
		return image.Pt(p.Y, p.X)
	case 6:
		return image.Pt(p.Y, bottom-p.X)
	case 7:
		return image.Pt(right-p.Y, bottom-p.X)
	case 8:
		return image.Pt(right-p.Y, p.X)
	}
	return p
}
