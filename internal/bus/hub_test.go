package bus_test

import (
	"bytes"
	"sync"
	"testing"

	"github.com/plinth-dev/plinth/internal/bus"
	"github.com/plinth-dev/plinth/internal/bus/bustest"
)

// process is a Hub whose nodes can be cut off.
type process struct {
	hub   *bus.Hub
	mu    sync.Mutex
	links map[string]bus.Link
}

func (p *process) Link(_ *testing.T, node string) bus.Link {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.links[node] = p.hub.Link()
	return p.links[node]
}

func (p *process) Cut(node string, cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	bus.SetAway(p.links[node], cut)
}

func TestHub(t *testing.T) {
	t.Parallel()
	bustest.Run(t, func(*testing.T) bustest.Net { return &process{hub: bus.NewHub(), links: map[string]bus.Link{}} })
}

func FuzzFrame(f *testing.F) {
	f.Add([]byte("\x01\x01a\x05\x04hello"))
	f.Add([]byte("\x03\x01a\x01s\x07"))
	f.Add([]byte("\x04\x01a\x01s\x07\x03"))
	f.Add([]byte("\x05\x01a\x01s\x01\x01a\x05\x04hello"))
	f.Fuzz(func(t *testing.T, b []byte) {
		again, ok := bus.Reprint(b)
		if !ok {
			return
		}
		if twice, ok := bus.Reprint(again); !ok || !bytes.Equal(again, twice) {
			t.Errorf("%x reads as %x, and that as %x", b, again, twice)
		}
	})
}
