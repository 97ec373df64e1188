package server

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/member"
	"github.com/plinth-dev/plinth/internal/wire"
)

// hop marks a request that another node sent on: it is not sent on again.
const hop = "Plinth-Hop"

var errNobody = fault.New(fault.Unavailable, "no_node", "no node serves this just now").
	WithHint("`plinth cluster status` shows the nodes and what they serve.")

// forwarding sends requests for a service to the nodes that have it. Nodes that cannot be
// reached are passed over for a while.
type forwarding struct {
	nodes *nodes
	base  *http.Transport
	turn  atomic.Uint64
	mu    sync.Mutex
	bad   map[string]time.Time // until when
}

const badFor = time.Second

func newForwarding(n *nodes) *forwarding {
	dial := net.Dialer{Timeout: time.Second}
	return &forwarding{nodes: n, bad: map[string]time.Time{}, base: &http.Transport{
		DialContext: dial.DialContext, MaxIdleConnsPerHost: 64, IdleConnTimeout: idleTimeout / 2, DisableCompression: true,
	}}
}

func (a *forwarding) close() { a.base.CloseIdleConnections() }

// handler answers for a service that this node does not have. WebSockets go through it.
func (a *forwarding) handler(service string) http.Handler {
	refuse := func(w http.ResponseWriter, r *http.Request, err error) {
		answer := wire.Mount([]wire.Route{{Pattern: "/", Open: true, Handler: func(http.ResponseWriter, *http.Request) error { return err }}}, wire.Problem{})
		answer.ServeHTTP(w, r)
	}
	p := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
			r.SetXForwarded()
			r.Out.Header.Set(hop, service)
			r.Out.Host = r.In.Host
			r.Out.URL.Scheme, r.Out.URL.Host = "http", service
		},
		Transport:     &sending{a, service},
		FlushInterval: -1,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil {
				refuse(w, r, errNobody.WithCause(err))
			}
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(hop) != "" {
			refuse(w, r, errNobody)
			return
		}
		p.ServeHTTP(w, r)
	})
}

// candidates are the nodes that serve a service and take clients, each first in turn.
func (a *forwarding) candidates(service string) []string {
	var good, rest []string
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	self := a.nodes.self()
	if self == nil {
		return nil
	}
	for _, m := range self.List() {
		switch {
		case m.ID == self.ID() || !m.Serves(service):
		case m.State == member.Up && now.After(a.bad[m.Address]):
			good = append(good, m.Address)
		default: // better than nobody
			rest = append(rest, m.Address)
		}
	}
	if n := len(good); n > 0 {
		first := int(a.turn.Add(1) % uint64(n))
		good = append(good[first:n:n], good[:first]...)
	}
	return append(good, rest...)
}

// at takes a member's address apart: one that speaks TLS says so.
func at(addr string) (scheme, host string) {
	if host, ok := strings.CutPrefix(addr, "https://"); ok {
		return "https", host
	}
	return "http", addr
}

func (a *forwarding) unreachable(addr string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.bad) > 1000 { // of nodes that are long gone
		clear(a.bad)
	}
	a.bad[addr] = time.Now().Add(badFor)
}

// sending carries a request to a node. Another one is tried where the first could not be
// reached: nothing of the request was sent then.
type sending struct {
	a       *forwarding
	service string
}

func (s *sending) RoundTrip(r *http.Request) (*http.Response, error) {
	body := r.Body
	if body != nil {
		defer body.Close()
	}
	err := error(errNobody)
	for _, addr := range s.a.candidates(s.service) {
		out := r.Clone(r.Context())
		out.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
		out.URL.Scheme, out.URL.Host = at(addr)
		if body != nil {
			out.Body = io.NopCloser(body) // a dial that fails must not close it
		}
		var res *http.Response
		if res, err = s.a.base.RoundTrip(out); err == nil {
			return res, nil
		}
		var op *net.OpError
		if !errors.As(err, &op) || op.Op != "dial" || r.Context().Err() != nil {
			return nil, err
		}
		s.a.unreachable(addr)
	}
	return nil, err
}
