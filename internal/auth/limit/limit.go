// Package limit bounds how often one client, or one address, may ask for what costs
// much. A bound is a burst that refills evenly over its window. Counts live in this
// process, in bounded memory; what must be exact across nodes (codes, letters,
// messages) is counted in the database instead. It is safe for concurrent use.
package limit

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Bound is so many in a window; 0 for no bound.
type Bound struct {
	N      int
	Window time.Duration
}

const maxKeys = 100_000

// Limiter counts by keys.
type Limiter struct {
	mu  sync.Mutex
	due map[string]time.Time // when the key's burst is whole again
}

// New returns a Limiter.
func New() *Limiter { return &Limiter{due: map[string]time.Time{}} }

// Take takes one of key's burst; where none is left it says how long to wait.
func (l *Limiter) Take(key string, b Bound, now time.Time) (wait time.Duration) {
	return l.take(key, b, now, 1)
}

// Peek says how long key has to wait, and takes nothing.
func (l *Limiter) Peek(key string, b Bound, now time.Time) (wait time.Duration) {
	return l.take(key, b, now, 0)
}

func (l *Limiter) take(key string, b Bound, now time.Time, n int) time.Duration {
	if b.N <= 0 {
		return 0
	}
	each := b.Window / time.Duration(b.N)
	l.mu.Lock()
	defer l.mu.Unlock()
	due := l.due[key]
	if due.Before(now) {
		due = now
	}
	if wait := due.Add(each).Sub(now.Add(b.Window)); wait > 0 {
		return wait
	}
	if n > 0 {
		if len(l.due) >= maxKeys {
			l.sweep(now)
		}
		l.due[key] = due.Add(each)
	}
	return 0
}

// sweep makes room: first what is whole again, then anything.
func (l *Limiter) sweep(now time.Time) {
	for key, due := range l.due {
		if !due.After(now) {
			delete(l.due, key)
		}
	}
	for key := range l.due {
		if len(l.due) < maxKeys*9/10 {
			break
		}
		delete(l.due, key)
	}
}

// Client returns the address of the client that asks: what the last trusted proxy on
// the way saw, and of IPv6 the network, which is one customer's.
func Client(r *http.Request, trusted []netip.Prefix) string {
	ip := peer(r.RemoteAddr)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && in(ip, trusted); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		ip = hop.Unmap()
	}
	if !ip.IsValid() {
		return r.RemoteAddr
	}
	return ip.String()
}

// Key returns the client's key: of IPv6 the /64 alone.
func Key(client string) string {
	ip, err := netip.ParseAddr(client)
	if err != nil || ip.Is4() {
		return client
	}
	p, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return client
	}
	return p.String()
}

func peer(addr string) netip.Addr {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return ip.Unmap()
}

func in(ip netip.Addr, list []netip.Prefix) bool {
	for _, p := range list {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}
