package cluster

import (
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// proxy hands each connection to the next node that is ready, as a balancer does.
type proxy struct {
	ln    net.Listener
	nodes []*node
	next  atomic.Uint64
	ready []atomic.Bool
	stop  chan struct{}
	work  sync.WaitGroup
}

func newProxy(t *testing.T, nodes []*node) *proxy {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{ln: ln, nodes: nodes, ready: make([]atomic.Bool, len(nodes)), stop: make(chan struct{})}
	for i := range nodes {
		p.work.Go(func() { p.watch(i) })
	}
	p.work.Go(p.accept)
	t.Cleanup(func() {
		close(p.stop)
		ln.Close()
		p.work.Wait()
	})
	return p
}

func (p *proxy) url() string { return "http://" + p.ln.Addr().String() }

// watch asks a node each quarter of a second whether it takes clients.
func (p *proxy) watch(i int) {
	web := http.Client{Timeout: time.Second, Transport: &http.Transport{}}
	defer web.CloseIdleConnections()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		res, err := web.Get("http://" + p.nodes[i].addr + "/readyz")
		if err == nil {
			res.Body.Close()
		}
		p.ready[i].Store(err == nil && res.StatusCode == http.StatusOK)
		select {
		case <-p.stop:
			return
		case <-tick.C:
		}
	}
}

func (p *proxy) accept() {
	for {
		c, err := p.ln.Accept()
		if err != nil {
			return
		}
		go p.serve(c)
	}
}

func (p *proxy) serve(c net.Conn) {
	defer c.Close()
	for range p.nodes {
		i := int(p.next.Add(1) % uint64(len(p.nodes)))
		if !p.ready[i].Load() {
			continue
		}
		up, err := net.DialTimeout("tcp", p.nodes[i].addr, time.Second)
		if err != nil {
			continue
		}
		go func() {
			_, _ = io.Copy(up, c) // either side's end is the other's
			up.Close()
		}()
		_, _ = io.Copy(c, up)
		up.Close()
		return
	}
}
