package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"
)

const (
	smallSize = 10 << 10
	clients   = 8
)

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients, DisableCompression: true}}

func (s *server) request(ctx context.Context, method, url string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err == nil && s.key != "" {
		req.Header.Set("Apikey", s.key)
	}
	return req, err
}

// do sends a request and reads its answer to the end.
func do(req *http.Request, n *int64) error {
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var head bytes.Buffer
	got, err := io.Copy(io.Discard, io.TeeReader(res.Body, &limited{w: &head}))
	if err == nil && res.StatusCode > 299 {
		err = fmt.Errorf("%s %s: %s %s", req.Method, req.URL, res.Status, head.Bytes())
	}
	if n != nil {
		*n = got
	}
	return err
}

// limited keeps the first bytes, for the message of a failure.
type limited struct{ w *bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if room := 300 - l.w.Len(); room > 0 {
		l.w.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// noise is a body of n bytes, made of one block.
func noise(n int64) io.Reader { return io.LimitReader(&repeated{}, n) }

var block = func() []byte {
	b := make([]byte, 1<<20)
	for i, s := 0, uint32(1); i < len(b); i++ {
		s = s*1664525 + 1013904223
		b[i] = byte(s >> 24)
	}
	return b
}()

type repeated struct{ at int }

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, block[r.at:])
	r.at = (r.at + n) % len(block)
	return n, nil
}

// server measures all that a server can.
func (b *bench) server(ctx context.Context, s *server) error {
	for _, work := range []func(context.Context, *server) error{b.large, b.small, b.thumbnails} {
		if err := work(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) large(ctx context.Context, s *server) error {
	up, err := measure(s.PID(), func() error {
		req, err := s.request(ctx, s.method, s.put+"large", noise(b.cfg.large))
		if err != nil {
			return err
		}
		req.ContentLength = b.cfg.large
		return do(req, nil)
	})
	if err != nil {
		return err
	}
	var n int64
	down, err := measure(s.PID(), func() error {
		req, err := s.request(ctx, http.MethodGet, s.get+"large", nil)
		if err != nil {
			return err
		}
		return do(req, &n)
	})
	if err == nil && n != b.cfg.large {
		err = fmt.Errorf("%d bytes came back", n)
	}
	up.bytes, down.bytes = b.cfg.large, b.cfg.large
	b.add(s.name+", upload", up)
	b.add(s.name+", download", down)
	return err
}

// small uploads and downloads files of 10 KB by some clients at once.
func (b *bench) small(ctx context.Context, s *server) error {
	up, err := measure(s.PID(), func() error {
		return together(b.cfg.small/4, func(n int) (*http.Request, error) {
			return s.request(ctx, s.method, fmt.Sprintf("%ssmall-%d", s.put, n), bytes.NewReader(block[:smallSize]))
		})
	})
	if err != nil {
		return err
	}
	down, err := measure(s.PID(), func() error {
		return together(b.cfg.small, func(n int) (*http.Request, error) {
			return s.request(ctx, http.MethodGet, fmt.Sprintf("%ssmall-%d", s.get, n%(b.cfg.small/4)), nil)
		})
	})
	up.n, down.n = b.cfg.small/4, b.cfg.small
	b.add(s.name+", upload of 10 KB", up)
	b.add(s.name+", download of 10 KB", down)
	return err
}

// thumbnails draws a picture of 3 megapixels small, and reads what was drawn.
func (b *bench) thumbnails(ctx context.Context, s *server) error {
	if s.key == "" {
		return nil // nginx draws nothing
	}
	req, err := s.request(ctx, s.method, s.put+"photo.jpg", bytes.NewReader(photo()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "image/jpeg")
	if err := do(req, nil); err != nil {
		return err
	}
	url := "http://" + s.Addr + "/storage/v1/render/image/authenticated/bench/photo.jpg"
	cold, err := measure(s.PID(), func() error {
		return together(b.cfg.thumbs, func(n int) (*http.Request, error) {
			return s.request(ctx, http.MethodGet, fmt.Sprintf("%s?width=300&quality=%d", url, 20+n%80), nil)
		})
	})
	if err != nil {
		return err
	}
	warm, err := measure(s.PID(), func() error {
		return together(b.cfg.small, func(n int) (*http.Request, error) {
			return s.request(ctx, http.MethodGet, fmt.Sprintf("%s?width=300&quality=%d", url, 20+n%min(80, b.cfg.thumbs)), nil)
		})
	})
	cold.n, warm.n = b.cfg.thumbs, b.cfg.small
	b.add("thumbnail, 300 pixels of 2048 × 1536, drawn", cold)
	b.add("the same, kept", warm)
	return err
}

// together sends n requests from the clients.
func together(n int, make func(int) (*http.Request, error)) error {
	var next atomic.Int64
	var first atomic.Pointer[error]
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && first.Load() == nil; i = int(next.Add(1)) - 1 {
				req, err := make(i)
				if err == nil {
					err = do(req, nil)
				}
				if err != nil {
					first.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	wg.Wait()
	if err := first.Load(); err != nil {
		return *err
	}
	return nil
}

func photo() []byte {
	m := image.NewRGBA(image.Rect(0, 0, 2048, 1536))
	for y := range 1536 {
		for x := range 2048 {
			n := block[(y*2048+x)%len(block)] >> 4
			m.SetRGBA(x, y, color.RGBA{uint8(120+100*math.Sin(float64(x)/200)) + n, uint8(120+100*math.Cos(float64(y)/300)) + n, uint8((x + y) / 32), 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 90}); err != nil {
		panic(err) // a buffer takes everything
	}
	return out.Bytes()
}

// cp copies a file and syncs it, which is the least that keeping it costs.
func (b *bench) cp(ctx context.Context) error {
	from, to := b.file("from"), b.file("to")
	if _, err := os.Stat(from); err != nil {
		f, err := os.Create(from)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, noise(b.cfg.large))
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", `cp --reflink=never "$0" "$1" && sync "$1"`, from, to)
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		return err
	}
	c := cost{wall: time.Since(begin), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), bytes: b.cfg.large}
	b.add("cp and sync", c)
	return os.Remove(to)
}
