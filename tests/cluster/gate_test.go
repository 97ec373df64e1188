package cluster

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// gates stand before the nodes' parts of the bus. A route between two nodes that is cut
// carries nothing, in either direction and without a word, as a cable that is pulled; what
// was on its way arrives when it heals, where both ends still hold the connection.
type gates struct {
	mu    sync.Mutex
	heal  *sync.Cond
	apart map[[2]*node]bool
	nodes []*node
	work  sync.WaitGroup
}

func newGates(t *testing.T) *gates {
	g := &gates{apart: map[[2]*node]bool{}}
	g.heal = sync.NewCond(&g.mu)
	t.Cleanup(func() {
		g.mend()
		g.work.Wait()
	})
	return g
}

// before makes a gate, through which the other nodes reach n.
func (g *gates) before(t *testing.T, n *node) {
	t.Helper()
	host, _, _ := net.SplitHostPort(n.addr)
	ln, err := net.Listen("tcp", host+":0")
	if err != nil {
		t.Fatal(err)
	}
	n.env = append(n.env[:len(n.env):len(n.env)], "PLINTH_CLUSTER_ADVERTISE="+ln.Addr().String())
	g.mu.Lock()
	g.nodes = append(g.nodes, n)
	g.mu.Unlock()
	t.Cleanup(func() { ln.Close() })
	g.work.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go g.carry(c, n, host+":6222")
		}
	})
}

// carry connects two ends; whose the first one is the kernel knows.
func (g *gates) carry(c net.Conn, to *node, addr string) {
	defer c.Close()
	from := g.owner(c)
	if from == nil {
		return // it was gone at once
	}
	g.pass(from, to)
	up, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer up.Close()
	go g.copy(up, c, from, to)
	g.copy(c, up, to, from)
}

// copy carries bytes one way, and the end.
func (g *gates) copy(dst, src net.Conn, from, to *node) {
	buf := make([]byte, 32<<10)
	for {
		n, err := src.Read(buf)
		g.pass(from, to)
		if n > 0 {
			if _, err := dst.Write(buf[:n]); err != nil {
				break
			}
		}
		if err != nil {
			break
		}
	}
	dst.Close()
	src.Close()
}

// pass waits while the route is cut.
func (g *gates) pass(a, b *node) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.apart[[2]*node{a, b}] {
		g.heal.Wait()
	}
}

func (g *gates) cut(a, b *node) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.apart[[2]*node{a, b}], g.apart[[2]*node{b, a}] = true, true
}

func (g *gates) mend() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.apart)
	g.heal.Broadcast()
}

// owner is the node whose process has the other end of a connection.
func (g *gates) owner(c net.Conn) *node {
	inode := inodeOf(c.RemoteAddr().(*net.TCPAddr), c.LocalAddr().(*net.TCPAddr))
	if inode == "" {
		return nil
	}
	g.mu.Lock()
	nodes := slices.Clone(g.nodes)
	g.mu.Unlock()
	for _, n := range nodes {
		links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", n.pid()))
		for _, l := range links {
			if to, err := os.Readlink(l); err == nil && to == "socket:["+inode+"]" {
				return n
			}
		}
	}
	return nil
}

// inodeOf finds a socket of this machine by both its addresses.
func inodeOf(own, peer *net.TCPAddr) string {
	text := func(a *net.TCPAddr) string {
		ip := a.IP.To4()
		return fmt.Sprintf("%02X%02X%02X%02X:%04X", ip[3], ip[2], ip[1], ip[0], a.Port)
	}
	f, err := os.Open("/proc/net/tcp")
	if err != nil {
		return ""
	}
	defer f.Close()
	table, _ := io.ReadAll(f)
	for line := range strings.Lines(string(table)) {
		fields := strings.Fields(line)
		if len(fields) > 9 && fields[1] == text(own) && fields[2] == text(peer) {
			return fields[9]
		}
	}
	return ""
}
