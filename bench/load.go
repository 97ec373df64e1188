package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// load is one workload: the n-th request, and how many clients send at once.
type load struct {
	name    string
	clients int
	request func(n int) (*http.Request, error)
	status  int
}

// result of a workload, the median of its runs.
type result struct {
	cpu           float64 // seconds per 1,000 requests
	rate          float64
	p50, p95, p99 float64
	bytes         int
}

// maxTime bounds one run.
const maxTime = 30 * time.Second

func measure(s *server, l load, cfg config) (result, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: l.clients, DisableCompression: true}}
	defer client.CloseIdleConnections()
	if _, err := once(s, client, l, min(200, cfg.requests)); err != nil { // warm up
		return result{}, err
	}
	var all []result
	for range cfg.runs {
		r, err := once(s, client, l, cfg.requests)
		if err != nil {
			return result{}, err
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b result) int { return cmp.Compare(a.cpu, b.cpu) })
	return all[len(all)/2], nil
}

// once sends n requests from l.clients clients that wait for each answer.
func once(s *server, client *http.Client, l load, n int) (result, error) {
	before, err := s.cpu()
	if err != nil {
		return result{}, err
	}
	c := &closedLoop{client: client, l: l, next: make(chan int), begin: time.Now()}
	for range l.clients {
		c.wg.Go(c.work)
	}
	for i := range n {
		if time.Since(c.begin) > maxTime {
			break
		}
		c.next <- i
	}
	close(c.next)
	c.wg.Wait()
	took := time.Since(c.begin)
	after, err := s.cpu()
	if err != nil {
		return result{}, err
	}
	if c.err != nil {
		return result{}, c.err
	}
	done := float64(len(c.times))
	return result{
		cpu: (after - before).Seconds() / done * 1000, rate: done / took.Seconds(),
		p50: percentile(c.times, 50), p95: percentile(c.times, 95), p99: percentile(c.times, 99), bytes: c.bytes,
	}, nil
}

// closedLoop is clients that each wait for their answer before they ask again.
type closedLoop struct {
	client *http.Client
	l      load
	next   chan int
	begin  time.Time
	wg     sync.WaitGroup

	mu    sync.Mutex
	times []time.Duration
	bytes int
	err   error
}

func (c *closedLoop) work() {
	var buf bytes.Buffer
	for n := range c.next {
		at := time.Now()
		size, err := c.send(n, &buf)
		took := time.Since(at)
		c.mu.Lock()
		c.times = append(c.times, took)
		c.bytes = size
		if err != nil && c.err == nil {
			c.err = err
		}
		c.mu.Unlock()
	}
}

func (c *closedLoop) send(n int, buf *bytes.Buffer) (int, error) {
	req, err := c.l.request(n)
	if err != nil {
		return 0, err
	}
	res, err := c.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	buf.Reset()
	if _, err := io.Copy(buf, res.Body); err != nil {
		return 0, err
	}
	if res.StatusCode != c.l.status {
		return 0, fmt.Errorf("status %d: %s", res.StatusCode, buf)
	}
	return buf.Len(), nil
}

func percentile(times []time.Duration, p int) float64 {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return float64(times[min(len(times)-1, len(times)*p/100)].Microseconds()) / 1000
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
