package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/bench/drive"
	"github.com/plinth-dev/plinth/bench/target"
)

// kind is how urgent a request is, as the server sees it.
type kind int

const (
	join kind = iota
	read
	write
	refresh
	kinds
)

var kindNames = [kinds]string{"joins", "reads", "writes", "refreshes"}

// part of a mix, in hundredths.
type part struct {
	share int
	kind  kind
	op    target.Op
}

// mixes are what phones ask for. A chat's: newest 50 with their authors, one message, rooms
// with their members, an exact count; a message sent; a session renewed; a socket opened.
// The light one has mostly single rows, so that a refusal costs more of a request.
var mixes = map[string][]part{
	"chat": {
		{40, read, target.List}, {10, read, target.Get}, {10, read, target.Nested}, {10, read, target.Count},
		{23, write, target.Insert}, {5, refresh, 0}, {2, join, 0},
	},
	"light": {{15, read, target.List}, {55, read, target.Get}, {23, write, target.Insert}, {5, refresh, 0}, {2, join, 0}},
}

// deal spreads a mix over a hundred places.
func deal(mix []part) (places [100]part) {
	at := 0
	for _, m := range mix {
		for range m.share {
			places[at*37%100] = m // 37 and 100 have no common divisor
			at++
		}
	}
	return places
}

// tally is what became of requests.
type tally struct {
	offered, good, late, refused [kinds]int64
	unsent                       int64 // of the late: no phone was free in time to ask
	failed                       int64 // no answer, or a wrong one
	err                          error // one of those
	times                        drive.Hist
	took                         time.Duration
}

func (t *tally) merge(o *tally) {
	for k := range kinds {
		t.offered[k] += o.offered[k]
		t.good[k] += o.good[k]
		t.late[k] += o.late[k]
		t.refused[k] += o.refused[k]
	}
	t.unsent += o.unsent
	t.failed += o.failed
	if o.err != nil {
		t.err = o.err
	}
	t.times.Merge(&o.times)
}

func sum(of [kinds]int64) (n int64) {
	for _, x := range of {
		n += x
	}
	return n
}

// goodput is how many requests a second were answered well and in time.
func (t *tally) goodput() float64 { return float64(sum(t.good)) / t.took.Seconds() }

// crowd are the phones that send requests.
type crowd struct {
	r        *target.Running
	places   [100]part
	patience time.Duration // how long a person waits
	sessions []string      // refresh tokens, by phone
}

// phone has a connection of its own.
type phone struct {
	crowd *crowd
	n     int
	conn  *drive.Conn
	tally tally
}

// run sends requests from n phones: as fast as they are answered, or at a rate.
func (c *crowd) run(ctx context.Context, n int, rate float64, length time.Duration) *tally {
	begin := time.Now()
	end := begin.Add(length)
	due := int64(rate * length.Seconds())
	var next atomic.Int64
	var all tally
	var mu sync.Mutex
	var phones sync.WaitGroup
	for i := range n {
		phones.Go(func() {
			p := &phone{crowd: c, n: i}
			defer p.hangUp()
			for ctx.Err() == nil {
				at, k := time.Now(), next.Add(1)-1
				if rate > 0 {
					if k >= due {
						break
					}
					at = begin.Add(time.Duration(float64(k) / rate * float64(time.Second)))
					time.Sleep(time.Until(at))
				} else if at.After(end) {
					break
				}
				p.ask(int(k), at)
			}
			mu.Lock()
			defer mu.Unlock()
			all.merge(&p.tally)
		})
	}
	phones.Wait()
	all.took = max(length, time.Since(begin))
	return &all
}

func (p *phone) hangUp() {
	if p.conn != nil {
		_ = p.conn.Close() // nothing was buffered
	}
}

// ask sends the k-th request, which was due at a time.
func (p *phone) ask(k int, at time.Time) {
	m := p.crowd.places[k%100]
	p.tally.offered[m.kind]++
	left := p.crowd.patience - time.Since(at)
	if left <= 0 { // all phones still wait: this one gave up before it could ask
		p.tally.late[m.kind]++
		p.tally.unsent++
		return
	}
	var status int
	var err error
	switch m.kind {
	case join:
		status, err = p.join(left)
	case refresh:
		status, err = p.refresh(left)
	default:
		status, err = p.call(m.op, k, left)
	}
	p.count(m.kind, status, err, time.Since(at))
}

func (p *phone) count(k kind, status int, err error, took time.Duration) {
	var t net.Error
	switch {
	case errors.As(err, &t) && t.Timeout(), err == nil && took > p.crowd.patience:
		p.tally.late[k]++
	case status == http.StatusServiceUnavailable:
		p.tally.refused[k]++
	case err != nil:
		p.tally.failed++
		p.tally.err = err
	default:
		p.tally.good[k]++
		p.tally.times.Add(took)
	}
}

func (p *phone) send(req drive.Request, patience time.Duration) (drive.Answer, error) {
	if p.conn == nil {
		c, err := drive.Dial(p.crowd.r.Addr)
		if err != nil {
			return drive.Answer{}, err
		}
		p.conn = c
	}
	p.conn.Patience = patience
	return p.conn.Do(&req)
}

func (p *phone) call(op target.Op, k int, patience time.Duration) (int, error) {
	a, err := p.send(p.crowd.r.Request(op, k), patience)
	if err == nil && a.Status != http.StatusServiceUnavailable {
		err = p.crowd.r.Check(op, k, a, k%50 == 0)
	}
	return a.Status, err
}

// refresh renews the phone's session. A lost answer costs nothing: the old token may
// come again.
func (p *phone) refresh(patience time.Duration) (int, error) {
	mine := &p.crowd.sessions[p.n%len(p.crowd.sessions)]
	a, err := p.send(drive.Request{
		Method: "POST", Path: "/auth/v1/token?grant_type=refresh_token", Header: "Apikey: " + target.Publishable + "\r\n",
		Body: `{"refresh_token":"` + *mine + `"}`,
	}, patience)
	if err != nil || a.Status == http.StatusServiceUnavailable {
		return a.Status, err
	}
	if a.Status != http.StatusOK {
		return a.Status, fmt.Errorf("a refresh: %d %.200s", a.Status, a.Body)
	}
	return a.Status, nil
}

// join opens a socket, as far as the server's word that it is one.
func (p *phone) join(patience time.Duration) (int, error) {
	nc, err := net.DialTimeout("tcp", p.crowd.r.Addr, patience)
	if err != nil {
		return 0, err
	}
	defer nc.Close()
	if err := nc.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	_, err = fmt.Fprintf(nc, "GET /realtime/v1/websocket?vsn=1.0.0&apikey=%s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", target.Publishable)
	if err != nil {
		return 0, err
	}
	line := make([]byte, 12)
	for n := 0; n < len(line); {
		m, err := nc.Read(line[n:])
		if n += m; err != nil {
			return 0, err
		}
	}
	switch code := string(line[9:]); code {
	case "101":
		return http.StatusSwitchingProtocols, nil
	case "503":
		return http.StatusServiceUnavailable, nil
	default:
		return 0, fmt.Errorf("a join: %q", line)
	}
}

// signIn makes n sessions, of one person: a phone, a tablet and so on.
func (c *crowd) signIn(n int) error {
	conn, err := drive.Dial(c.r.Addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	for range n {
		req := c.r.Request(target.SignIn, 0)
		a, err := conn.Do(&req)
		if err != nil {
			return err
		}
		var s struct {
			Refresh string `json:"refresh_token"`
		}
		if err := json.Unmarshal(a.Body, &s); err != nil || s.Refresh == "" {
			return fmt.Errorf("no session: %d %.200s", a.Status, a.Body)
		}
		c.sessions = append(c.sessions, strings.Clone(s.Refresh))
	}
	return nil
}

// refusals are what the server's own figures say of them.
func (c *crowd) refusals() (string, error) {
	conn, err := drive.Dial(c.r.Addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	a, err := conn.Do(&drive.Request{Method: "GET", Path: "/metrics", Header: "Apikey: " + target.SecretKey + "\r\n"})
	var out []string
	for line := range strings.Lines(string(a.Body)) {
		if rest, ok := strings.CutPrefix(line, "plinth_refused_total"); ok {
			out = append(out, strings.TrimSpace(rest))
		}
	}
	return strings.Join(out, ", "), err
}
