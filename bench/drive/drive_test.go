package drive

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestHistogramIsExactToAFewPercent(t *testing.T) {
	t.Parallel()
	var h Hist
	for us := range 100_000 {
		h.Add(time.Duration(us+1) * time.Microsecond)
	}
	for _, q := range []float64{0.01, 0.5, 0.95, 0.99, 0.999} {
		want, got := q*100_000, float64(h.Quantile(q).Microseconds())
		if got < want*0.98 || got > want*1.02 {
			t.Errorf("Quantile(%v) = %v µs, want about %v", q, got, want)
		}
	}
	if h.Max() != 100*time.Millisecond || h.Count() != 100_000 {
		t.Errorf("max %v, count %d", h.Max(), h.Count())
	}
	for us := int64(0); us < 1<<30; us = us*5/4 + 1 {
		if low := floor(bucket(us)); low > us || float64(us-low) > float64(us)/60 {
			t.Errorf("bucket of %d begins at %d", us, low)
		}
	}
}

func TestConnReadsEveryFraming(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Range", "0-0/7")
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/chunked":
			for range 5 {
				fmt.Fprint(w, "part.")
				w.(http.Flusher).Flush()
			}
		case "/none":
			w.WriteHeader(http.StatusNoContent)
		case "/close":
			w.Header().Set("Connection", "close")
			fmt.Fprint(w, "bye")
		default:
			w.Write(body)
		}
	}))
	defer srv.Close()
	c, err := Dial(strings.TrimPrefix(srv.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, k := range []struct {
		req    Request
		status int
		body   string
	}{
		{Request{Method: "POST", Path: "/", Body: "echo"}, 200, "echo"},
		{Request{Method: "GET", Path: "/chunked"}, 200, "part.part.part.part.part."},
		{Request{Method: "HEAD", Path: "/"}, 200, ""},
		{Request{Method: "GET", Path: "/none"}, 204, ""},
		{Request{Method: "GET", Path: "/close"}, 200, "bye"},
		{Request{Method: "GET", Path: "/"}, 200, ""},
	} {
		a, err := c.Do(&k.req)
		if err != nil || a.Status != k.status || string(a.Body) != k.body || a.Range != "0-0/7" {
			t.Errorf("%s %s: %d %q %q %v", k.req.Method, k.req.Path, a.Status, a.Body, a.Range, err)
		}
	}
}

// A server that stalls is charged for every request that was due meanwhile.
func TestOpenLoopChargesAStall(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	stall := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if n.Add(1) == 20 {
			time.AfterFunc(300*time.Millisecond, func() { close(stall) })
			<-stall
		}
	}))
	defer srv.Close()
	r := Run(t.Context(), Load{
		Addr: strings.TrimPrefix(srv.URL, "http://"), Conns: 1, For: time.Second, Rate: 200,
		Request: func(int) Request { return Request{Method: "GET", Path: "/"} },
		Check:   func(int, Answer, bool) error { return nil },
	})
	if r.Times.Count()+r.Failed+r.Unsent != 200 || r.Err != nil {
		t.Fatalf("%d answered, %d failed, %d unsent, %v", r.Times.Count(), r.Failed, r.Unsent, r.Err)
	}
	// One request waited 300 ms and more; those due meanwhile waited their part of it.
	if p90 := r.Times.Quantile(0.9); p90 < 100*time.Millisecond {
		t.Errorf("the 90th percentile is %v: the requests behind the stall were not charged", p90)
	}
}
