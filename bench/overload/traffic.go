package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
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
)

// part of a mix, in hundredths.
type part struct {
	share int
	name  string
	kind  kind
	op    target.Op
}

// parts is how many a mix has at most.
const parts = 7

// mixes are what phones ask for. A chat's: newest 50 with their authors, one message, rooms
// with their members, an exact count; a message sent; a session renewed; a socket opened.
// The light one has mostly single rows, so that a refusal costs more of a request.
var mixes = map[string][]part{
	"chat": {
		{40, "newest 50", read, target.List}, {10, "one message", read, target.Get}, {10, "nested", read, target.Nested}, {10, "count", read, target.Count},
		{23, "insert", write, target.Insert}, {5, "refresh", refresh, 0}, {2, "join", join, 0},
	},
	"light": {
		{15, "newest 50", read, target.List}, {55, "one message", read, target.Get},
		{23, "insert", write, target.Insert}, {5, "refresh", refresh, 0}, {2, "join", join, 0},
	},
}

// place is one request of a hundred: which part of the mix it is of.
type place struct {
	part
	n int
}

// deal spreads a mix over a hundred places.
func deal(mix []part) (places [100]place) {
	at := 0
	for n, m := range mix {
		for range m.share {
			places[at*37%100] = place{m, n} // 37 and 100 have no common divisor
			at++
		}
	}
	return places
}

// tally is what became of requests, in the time that is counted.
type tally struct {
	good, late, refused [parts]int64      // by part of the mix
	unsent              int64             // of the late: no phone was free in time to ask
	failed              int64             // no answer, or a wrong one, at any time
	err                 error             // one of those
	times               [parts]drive.Hist // of good answers, from when they were due
	woke                drive.Hist        // how late a phone was that had nothing to wait for: this program's own fault
}

func sum(of [parts]int64) (n int64) {
	for _, x := range of {
		n += x
	}
	return n
}

// all are the times of all good answers.
func (t *tally) all() *drive.Hist {
	h := new(drive.Hist)
	for k := range t.times {
		h.Merge(&t.times[k])
	}
	return h
}

// total is how many were answered or given up.
func (t *tally) total() int64 { return sum(t.good) + sum(t.late) + sum(t.refused) + t.failed }

// run is a window under way.
type run struct {
	span
	mu sync.Mutex
	tally
}

// note lets do count, if this is the time to.
func (r *run) note(do func(*tally)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts() {
		do(&r.tally)
	}
}

// count counts an answer.
func (r *run) count(k int, status int, err error, took time.Duration) {
	var late net.Error
	switch {
	case errors.As(err, &late) && late.Timeout():
		r.note(func(t *tally) { t.late[k]++ })
	case status == http.StatusServiceUnavailable:
		r.note(func(t *tally) { t.refused[k]++ })
	case err != nil: // at any time
		r.mu.Lock()
		defer r.mu.Unlock()
		r.failed++
		r.err = err
	default:
		r.note(func(t *tally) { t.good[k]++; t.times[k].Add(took) })
	}
}

// crowd are the phones that send requests. They stay connected.
type crowd struct {
	addr     string
	r        *target.Running
	places   [100]place
	patience time.Duration // how long a person waits
	sessions []string      // refresh tokens, by phone
	phones   []*phone
	sent     int // numbers the requests, so that no two windows write the same rows
}

// phone has a connection of its own.
type phone struct {
	crowd *crowd
	n     int
	conn  *drive.Conn
}

// span is the time of a window, of which a part is counted.
type span struct{ begin, from, to time.Time }

func newSpan(settle, counted time.Duration) span {
	begin := time.Now()
	return span{begin, begin.Add(settle), begin.Add(settle + counted)}
}

// counts reports whether what ends now is counted.
func (s span) counts() bool {
	now := time.Now()
	return !now.Before(s.from) && now.Before(s.to)
}

// run sends requests from the first n phones: as fast as they are answered, or at a rate.
func (c *crowd) run(ctx context.Context, n int, rate float64, s span) *tally {
	due := int64(rate * s.to.Sub(s.begin).Seconds())
	var next atomic.Int64
	r := &run{span: s}
	var phones sync.WaitGroup
	for i := range n {
		if c.phones[i] == nil {
			c.phones[i] = &phone{crowd: c, n: i}
		}
		p := c.phones[i]
		phones.Go(func() {
			for ctx.Err() == nil {
				at, k := time.Now(), next.Add(1)-1
				if rate == 0 && at.After(s.to) || rate > 0 && k >= due {
					break
				}
				if rate > 0 {
					at = r.sleep(s.begin.Add(time.Duration(float64(k) / rate * float64(time.Second))))
				}
				p.ask(c.sent+int(k), at, r)
			}
		})
	}
	phones.Wait()
	c.sent += int(next.Load())
	return &r.tally
}

// sleep waits until a request is due, unless it is already.
func (r *run) sleep(due time.Time) time.Time {
	if left := time.Until(due); left > 0 {
		time.Sleep(left)
		late := time.Since(due)
		r.note(func(t *tally) { t.woke.Add(late) })
	}
	return due
}

func (c *crowd) hangUp() {
	for _, p := range c.phones {
		if p != nil && p.conn != nil {
			_ = p.conn.Close() // nothing was buffered
		}
	}
}

// ask sends the k-th request, which was due at a time.
func (p *phone) ask(k int, at time.Time, r *run) {
	m := p.crowd.places[k%100]
	left := p.crowd.patience - time.Since(at)
	if left <= 0 { // all phones still wait: this one gave up before it could ask
		r.note(func(t *tally) { t.late[m.n]++; t.unsent++ })
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
	took := time.Since(at)
	if took > p.crowd.patience && err == nil {
		err = os.ErrDeadlineExceeded
	}
	r.count(m.n, status, err, took)
}

func (p *phone) send(req drive.Request, patience time.Duration) (drive.Answer, error) {
	if p.conn == nil {
		c, err := drive.Dial(p.crowd.addr)
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
	nc, err := net.DialTimeout("tcp", p.crowd.addr, patience)
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
	conn, err := drive.Dial(c.addr)
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

// figures are the server's own.
func (c *crowd) figures() (map[string]float64, error) {
	conn, err := drive.Dial(c.addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	a, err := conn.Do(&drive.Request{Method: "GET", Path: "/metrics", Header: "Apikey: " + target.SecretKey + "\r\n"})
	out := map[string]float64{}
	for line := range strings.Lines(string(a.Body)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name != "#" {
			out[name], _ = strconv.ParseFloat(value, 64) // what is no number is not asked for
		}
	}
	return out, err
}
