package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const members = 500

// fanout sends to one channel of many phones as fast as it goes, and then at half of
// that to see what a message takes.
func (b *bench) fanout(ctx context.Context) error {
	p, stop, err := b.start(ctx)
	if err != nil {
		return err
	}
	defer stop()
	list, err := connect(ctx, p.Addr, 0, members, func(i int, s *socket) error {
		return s.join("crowd", `{"broadcast":{},"presence":{"enabled":false}}`, "", `"status":"ok"`)
	})
	defer closeAll(list)
	if err != nil {
		return err
	}
	var heard atomic.Int64
	d := &delays{}
	var readers sync.WaitGroup
	for i, s := range list {
		readers.Go(func() { listen(s, &heard, d, i%50 == 0) })
	}
	limit := time.Duration(b.seconds) * time.Second
	u, begin := since(p), time.Now()
	for sent := int64(0); time.Since(begin) < limit && ctx.Err() == nil; sent += 100 {
		if err := post(ctx, p.Addr, 100); err != nil {
			return err
		}
		for sent*members-heard.Load() > 400*members && ctx.Err() == nil {
			time.Sleep(100 * time.Microsecond)
		}
	}
	took := time.Since(begin)
	rate := float64(heard.Load()) / took.Seconds()
	fmt.Printf("fan-out: %s\n", u.per(int(heard.Load())))
	b.note(fmt.Sprintf("broadcast to %d phones in one channel", members), fmt.Sprintf("%.0f deliveries a second", rate), "at least 300,000", rate >= 300_000)
	d.mu.Lock()
	d.list = nil
	d.mu.Unlock()
	tick := time.NewTicker(time.Duration(float64(time.Second) * 10 * members * 2 / rate))
	defer tick.Stop()
	for begin = time.Now(); time.Since(begin) < limit && ctx.Err() == nil; <-tick.C {
		if err := post(ctx, p.Addr, 10); err != nil {
			return err
		}
	}
	b.note(fmt.Sprintf("the same at %.0f a second", rate/2), fmt.Sprintf("p50 %s, p99 %s", d.at(0.5), d.at(0.99)), "to be said", len(d.list) > 0)
	closeAll(list)
	readers.Wait()
	return nil
}

// post sends n messages that say when.
func post(ctx context.Context, addr string, n int) error {
	one := `{"topic":"crowd","event":"m","payload":{"body":"about as long as a message in a chat usually is","sent":` + strconv.FormatInt(time.Now().UnixNano(), 10) + `}},`
	body := `{"messages":[` + strings.TrimSuffix(strings.Repeat(one, n), ",") + `]}`
	return call(ctx, addr, "/realtime/v1/api/broadcast", []byte(body))
}

func call(ctx context.Context, addr, path string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Apikey", secretKey)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s: %s %s", path, res.Status, text)
	}
	return nil
}

// listen counts messages; one that measures also looks at what they say of when.
func listen(s *socket, heard *atomic.Int64, d *delays, measures bool) {
	for {
		b, err := s.hear()
		if err != nil {
			return
		}
		heard.Add(1)
		if measures {
			if at, ok := number(b, `"sent":`); ok {
				d.add(time.Since(time.Unix(0, at)))
			}
		}
	}
}

// number reads the digits after a name.
func number(b []byte, name string) (int64, bool) {
	i := bytes.Index(b, []byte(name))
	if i < 0 {
		return 0, false
	}
	i += len(name)
	j := i
	for j < len(b) && b[j] >= '0' && b[j] <= '9' {
		j++
	}
	n, err := strconv.ParseInt(string(b[i:j]), 10, 64)
	return n, err == nil
}
