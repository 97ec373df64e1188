package bus_test

import (
	"bytes"
	"log/slog"
	"sync"
	"sync/atomic"
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

// counted counts the frames on a subject.
type counted struct {
	bus.Link
	subject string
	frames  atomic.Int64
}

func (c *counted) Send(subject string, data []byte) error {
	if subject == c.subject {
		c.frames.Add(1)
	}
	return c.Link.Send(subject, data)
}

// What may wait leaves at once after a silence; what follows on its heels shares frames.
func TestMessagesLeaveTogether(t *testing.T) {
	t.Parallel()
	const n = 10_000
	hub := bus.NewHub()
	link := &counted{Link: hub.Link(), subject: "s"}
	from, to := open(t, "a", link), open(t, "b", hub.Link())
	got, wrong := 0, 0
	done := make(chan struct{})
	if _, err := to.Subscribe("s", func(m bus.Message) {
		if len(m.Data) != got%100 {
			wrong++
		}
		if got++; got == n {
			close(done)
		}
	}); err != nil {
		t.Fatal(err)
	}
	body := make([]byte, 100)
	for i := range n {
		if err := from.PublishSoon("s", body[:i%100]); err != nil {
			t.Fatal(err)
		}
		if frames := link.frames.Load(); i == 0 && frames != 1 {
			t.Errorf("%d frames left for the first message", frames)
		}
	}
	<-done
	if frames := link.frames.Load(); frames > n/4 || wrong > 0 {
		t.Errorf("%d frames for %d messages, %d not in order", frames, n, wrong)
	}
}

func open(t *testing.T, node string, link bus.Link) *bus.Bus {
	t.Helper()
	b, err := bus.New(bus.Config{Node: node, Link: link, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func FuzzFrame(f *testing.F) {
	f.Add([]byte("\x01\x01a\x05\x04hello"))
	f.Add([]byte("\x03\x01a\x01s\x07"))
	f.Add([]byte("\x04\x01a\x01s\x07\x03"))
	f.Add([]byte("\x05\x01a\x01s\x01\x01a\x05\x04hello"))
	f.Add([]byte("\x08\x01a\x0a\x01\x01a\x05\x04hello\x06\x01\x01a\x06\x05!"))
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
