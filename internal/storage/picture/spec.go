package picture

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Spec is what a picture shall become. The zero value leaves it as large as it is.
type Spec struct {
	Width, Height int    // 0 = follows from the other
	Resize        string // "cover", "contain", "fill"
	Quality       int
	Format        string // "" by what the client accepts, "origin", "webp", "avif"
}

// Bounds of a Spec.
const (
	maxSide        = 2500
	minQuality     = 20
	maxQuality     = 100
	defaultQuality = 80
)

// ErrSpec is wrapped by every fault of a Spec.
var ErrSpec = errors.New("picture")

// ParseQuery reads width, height, resize, format and quality.
func ParseQuery(q url.Values) (Spec, error) {
	s := Spec{Resize: "cover", Quality: defaultQuality}
	for _, f := range []struct {
		name      string
		to        *int
		low, high int
	}{{"width", &s.Width, 1, maxSide}, {"height", &s.Height, 1, maxSide}, {"quality", &s.Quality, minQuality, maxQuality}} {
		text := q.Get(f.name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < f.low || n > f.high {
			return s, fmt.Errorf("%w: %s must be between %d and %d", ErrSpec, f.name, f.low, f.high)
		}
		*f.to = n
	}
	switch r := q.Get("resize"); r {
	case "":
	case "cover", "contain", "fill":
		s.Resize = r
	default:
		return s, fmt.Errorf("%w: resize must be cover, contain or fill", ErrSpec)
	}
	switch s.Format = q.Get("format"); s.Format {
	case "", "origin", "webp", "avif":
		return s, nil
	}
	return s, fmt.Errorf("%w: format must be origin, webp or avif", ErrSpec)
}

// Encode writes s as one word, which Parse reads.
func (s Spec) Encode() string {
	text := fmt.Sprintf("width:%d,height:%d,resize:%s,quality:%d", s.Width, s.Height, s.Resize, s.Quality)
	if s.Format != "" {
		text += ",format:" + s.Format
	}
	return text
}

// Settle decides between the formats by the Accept header of a request: WebP for who
// takes it or asks for it, else what the source is. AVIF is not written.
func (s *Spec) Settle(accept string) {
	if s.Format == "webp" || s.Format != "origin" && strings.Contains(accept, "image/webp") {
		s.Format = "webp"
	} else {
		s.Format = "origin"
	}
}

// Parse reads what Encode wrote.
func Parse(text string) (Spec, error) {
	q := url.Values{}
	for pair := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(pair, ":")
		if value != "0" {
			q.Set(name, value)
		}
	}
	return ParseQuery(q)
}

// plan is which part of a picture is drawn how large.
type plan struct{ x, y, w, h, toW, toH int }

// fit works s out for a picture of w × h. Nothing is made larger than it is.
func (s Spec) fit(w, h int) plan {
	toW, toH := s.Width, s.Height
	switch {
	case toW == 0 && toH == 0:
		return plan{0, 0, w, h, w, h}
	case toW == 0:
		toW = ratio(w, toH, h)
	case toH == 0:
		toH = ratio(h, toW, w)
	case s.Resize == "contain":
		if toW*h > toH*w { // too wide
			toW = ratio(w, toH, h)
		} else {
			toH = ratio(h, toW, w)
		}
	}
	p := plan{0, 0, w, h, toW, toH}
	if s.Resize == "cover" && s.Width > 0 && s.Height > 0 {
		if w*toH > toW*h { // cut the sides off
			p.w = ratio(toW, h, toH)
			p.x = (w - p.w) / 2
		} else {
			p.h = ratio(toH, w, toW)
			p.y = (h - p.h) / 2
		}
	}
	if p.toW > p.w || p.toH > p.h {
		if s.Resize == "fill" {
			p.toW, p.toH = min(p.toW, p.w), min(p.toH, p.h)
		} else {
			p.toW, p.toH = p.w, p.h
		}
	}
	return p
}

// ratio is a*b/c, rounded, at least 1.
func ratio(a, b, c int) int { return max(1, (a*b+c/2)/c) }
