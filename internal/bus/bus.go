package bus

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Message is what a Handler gets.
type Message struct {
	Subject string
	From    string // the node that published it
	Data    []byte // may be kept, not changed
	// Lost says, in place of Data, that messages of From on Subject are gone for good.
	Lost bool
}

// Handler takes messages. It must not block.
type Handler func(m Message)

// Frame is what a Link carries.
type Frame struct {
	Subject string
	Data    []byte
}

// Link carries frames between nodes: at most once, and in order from one node to
// another as far as they arrive.
type Link interface {
	// Send gives a frame to all other nodes that subscribed to subject. It keeps nothing
	// of data.
	Send(subject string, data []byte) error
	Subscribe(subject string) error
	Unsubscribe(subject string) error
	// Next waits for a frame; ok is false when tick or stop came first.
	Next(stop <-chan struct{}, tick <-chan time.Time) (f Frame, ok bool)
	Max() int // bytes that a frame may have
	// Missed counts the frames that this node was too slow for, and how often it was out
	// of reach for others.
	Missed() (dropped, away uint64)
	Close() error
}

// Config of a Bus. Zero durations and sizes take the defaults.
type Config struct {
	Node string // its name among nodes, at most 64 bytes; another one at each start
	Link Link
	Log  *slog.Logger
	Keep int           // bytes that are kept to be sent again, 8 MB
	Beat time.Duration // 1 s
	Dead time.Duration // 4 s
}

// Stats are counters since the start.
type Stats struct {
	Peers     int    `json:"peers"`
	Subjects  int    `json:"subjects"`
	Sent      uint64 `json:"sent"`
	Received  uint64 `json:"received"`
	Dropped   uint64 `json:"dropped"`   // frames that this node was too slow for
	Holes     uint64 `json:"holes"`     // that were noticed
	Recovered uint64 `json:"recovered"` // messages that were sent again
	Lost      uint64 `json:"lost"`      // holes that stayed
}

// Bus is a node's end of the bus.
type Bus struct {
	cfg  Config
	stop chan struct{}
	done chan struct{}
	once sync.Once

	sent, received, holes, recovered, lost atomic.Uint64

	out out
	in  in // the loop's alone

	subs  sync.RWMutex
	on    map[string]Handler
	watch []func(node string, up bool)

	peering sync.Mutex
	peers   map[string]*peer
}

// New begins to beat and to listen.
func New(cfg Config) (*Bus, error) {
	if cfg.Link == nil || cfg.Log == nil || cfg.Node == "" || len(cfg.Node) > maxNode {
		return nil, errors.New("bus: Link, Log and a short Node must be set")
	}
	if cfg.Keep == 0 {
		cfg.Keep = 8 << 20
	}
	if cfg.Beat == 0 {
		cfg.Beat = time.Second
	}
	if cfg.Dead == 0 {
		cfg.Dead = 4 * time.Second
	}
	b := &Bus{cfg: cfg, stop: make(chan struct{}), done: make(chan struct{}), on: map[string]Handler{}, peers: map[string]*peer{}}
	b.out.rest = map[string]*head{}
	b.out.heads, b.in.streams, b.in.waiting = map[string]*head{}, map[streamKey]*stream{}, map[*stream]struct{}{}
	if err := errors.Join(cfg.Link.Subscribe(control), cfg.Link.Subscribe(inbox(cfg.Node))); err != nil {
		return nil, err
	}
	go b.run()
	return b, nil
}

// Node is the node's name.
func (b *Bus) Node() string { return b.cfg.Node }

// Subscribe gives the messages of a subject to h; a subject has one handler.
func (b *Bus) Subscribe(subject string, h Handler) (stop func(), err error) {
	b.subs.Lock()
	defer b.subs.Unlock()
	if b.on[subject] != nil {
		return nil, errors.New("bus: " + subject + " has a handler")
	}
	if err := b.cfg.Link.Subscribe(subject); err != nil {
		return nil, err
	}
	b.on[subject] = h
	return sync.OnceFunc(func() {
		b.subs.Lock()
		defer b.subs.Unlock()
		delete(b.on, subject)
		if err := b.cfg.Link.Unsubscribe(subject); err != nil {
			b.cfg.Log.Warn("bus: a subscription did not end", "error", err)
		}
	}), nil
}

func (b *Bus) handler(subject string) Handler {
	b.subs.RLock()
	defer b.subs.RUnlock()
	return b.on[subject]
}

// Inbox is a subject that one node subscribes to.
func Inbox(node string) string { return "to." + node }

// WatchPeers calls fn, among the handlers, when another node is heard of first or again,
// and when it is not any more. Those that are up already are told at once.
func (b *Bus) WatchPeers(fn func(node string, up bool)) {
	b.subs.Lock()
	defer b.subs.Unlock()
	b.watch = append(b.watch, fn)
	b.in.told.Store(false)
}

// Peers are the other nodes that are up.
func (b *Bus) Peers() []string {
	b.peering.Lock()
	defer b.peering.Unlock()
	var out []string
	for node, p := range b.peers {
		if p.up {
			out = append(out, node)
		}
	}
	slices.Sort(out)
	return out
}

// Stats looks at the counters.
func (b *Bus) Stats() Stats {
	b.subs.RLock()
	subjects := len(b.on)
	b.subs.RUnlock()
	dropped, _ := b.cfg.Link.Missed()
	return Stats{
		Peers: len(b.Peers()), Subjects: subjects, Sent: b.sent.Load(), Received: b.received.Load(), Dropped: dropped,
		Holes: b.holes.Load(), Recovered: b.recovered.Load(), Lost: b.lost.Load(),
	}
}

// Close says good-bye and ends the link. It blocks, and may be called twice.
func (b *Bus) Close() error {
	var err error
	b.once.Do(func() {
		close(b.stop)
		<-b.done
		b.leaveAll()
		_ = b.cfg.Link.Send(control, appendBye(nil, b.cfg.Node)) // else they miss the beats
		err = b.cfg.Link.Close()
	})
	return err
}
