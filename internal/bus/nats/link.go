package nats

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	nc "github.com/nats-io/nats.go"

	"github.com/plinth-dev/plinth/internal/bus"
)

// room is how many frames wait for a node before the next ones are dropped.
const room = 1 << 15

// Link is a node's connection to a server. It is a bus.Link.
type Link struct {
	conn   *nc.Conn
	prefix string
	in     chan *nc.Msg

	mu    sync.Mutex
	subs  map[string]*nc.Subscription
	over  uint64 // frames that ended subscriptions were too slow for
	close func()
}

// Dial connects to a server: nats://…, tls://…, several by commas. All subjects begin
// with prefix, so that several clusters may share the server.
func Dial(url, prefix string, log *slog.Logger) (*Link, error) {
	return dial(url, prefix, log)
}

func dial(url, prefix string, log *slog.Logger, more ...nc.Option) (*Link, error) {
	l := &Link{prefix: prefix + ".", in: make(chan *nc.Msg, room), subs: map[string]*nc.Subscription{}, close: func() {}}
	opts := append([]nc.Option{
		nc.NoEcho(), nc.MaxReconnects(-1), nc.ReconnectWait(200 * time.Millisecond), nc.ReconnectJitter(100*time.Millisecond, 500*time.Millisecond),
		nc.PingInterval(2 * time.Second), nc.MaxPingsOutstanding(2), nc.Timeout(5 * time.Second),
		nc.ErrorHandler(func(_ *nc.Conn, _ *nc.Subscription, err error) {
			if !errors.Is(err, nc.ErrSlowConsumer) { // those are counted
				log.Warn("bus: NATS", "error", err)
			}
		}),
		nc.DisconnectErrHandler(func(_ *nc.Conn, err error) {
			if err != nil {
				log.Warn("bus: the server is away", "error", err)
			}
		}),
		nc.ReconnectHandler(func(*nc.Conn) { log.Info("bus: the server is back") }),
	}, more...)
	var err error
	if l.conn, err = nc.Connect(url, opts...); err != nil {
		return nil, fmt.Errorf("bus: %w", err)
	}
	return l, nil
}

// Send implements bus.Link.
func (l *Link) Send(subject string, data []byte) error {
	return l.conn.Publish(l.prefix+subject, data)
}

// Subscribe implements bus.Link.
func (l *Link) Subscribe(subject string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.subs[subject] != nil {
		return nil
	}
	sub, err := l.conn.ChanSubscribe(l.prefix+subject, l.in)
	if err == nil {
		l.subs[subject] = sub
	}
	return err
}

// Unsubscribe implements bus.Link.
func (l *Link) Unsubscribe(subject string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	sub := l.subs[subject]
	if sub == nil {
		return nil
	}
	delete(l.subs, subject)
	n, _ := sub.Dropped() // an ended one has none
	l.over += uint64(n)
	return sub.Unsubscribe()
}

// Next implements bus.Link.
func (l *Link) Next(stop <-chan struct{}, tick <-chan time.Time) (bus.Frame, bool) {
	select {
	case m := <-l.in:
		return bus.Frame{Subject: strings.TrimPrefix(m.Subject, l.prefix), Data: m.Data}, true
	case <-tick:
	case <-stop:
	}
	return bus.Frame{}, false
}

// Max implements bus.Link.
func (l *Link) Max() int { return int(l.conn.MaxPayload()) }

// Missed implements bus.Link.
func (l *Link) Missed() (dropped, away uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	dropped = l.over
	for _, sub := range l.subs {
		d, _ := sub.Dropped()
		dropped += uint64(d)
	}
	return dropped, l.conn.Stats().Reconnects
}

// Close implements bus.Link. What was sent is on its way before.
func (l *Link) Close() error {
	err := l.conn.FlushTimeout(time.Second)
	if errors.Is(err, nc.ErrConnectionClosed) || errors.Is(err, nc.ErrTimeout) {
		err = nil // it is away; nobody waits
	}
	l.conn.Close()
	l.close()
	return err
}
