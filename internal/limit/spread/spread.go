package spread

import (
	"encoding/binary"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/bus"
	"github.com/plinth-dev/plinth/internal/limit"
)

const (
	subject   = "limits"
	tellEvery = 100 * time.Millisecond
)

// Spread is this node's part.
type Spread struct {
	bus    *bus.Bus
	limits *limit.Limiter
	log    *slog.Logger
	end    func()
	stop   chan struct{}
	done   chan struct{}
	once   sync.Once
}

// New begins to tell what is taken from l, and to count what other nodes tell. Keys of
// all nodes must be alike: see limit.NewKeyed.
func New(b *bus.Bus, l *limit.Limiter, log *slog.Logger) (*Spread, error) {
	s := &Spread{bus: b, limits: l, log: log, stop: make(chan struct{}), done: make(chan struct{})}
	end, err := b.Subscribe(subject, s.heard)
	if err != nil {
		return nil, err
	}
	s.end = end
	l.Record()
	go s.run()
	return s, nil
}

// Close ends it. It blocks, and may be called twice.
func (s *Spread) Close() {
	s.once.Do(func() {
		close(s.stop)
		<-s.done
		s.end()
	})
}

func (s *Spread) run() {
	defer close(s.done)
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
		taken := s.limits.Taken()
		if len(taken) == 0 {
			continue
		}
		if err := s.bus.Publish(subject, encode(taken)); err != nil {
			s.log.Warn("limit: other nodes are not told what was taken here", "error", err)
		}
	}
}

// heard counts what another node took. What was lost on the way is not counted.
func (s *Spread) heard(m bus.Message) {
	if m.Lost {
		return
	}
	taken, err := decode(m.Data)
	if err != nil {
		s.log.Warn("limit: another node says what nobody understands", "node", m.From)
		return
	}
	now := time.Now()
	for key, d := range taken {
		s.limits.Add(key, d, now)
	}
}

var errTold = errors.New("spread: not a list of counts")

func encode(taken map[limit.Key]time.Duration) []byte {
	b := make([]byte, 0, len(taken)*14)
	for key, d := range taken {
		b = binary.AppendUvarint(binary.LittleEndian.AppendUint64(b, uint64(key)), uint64(d))
	}
	return b
}

func decode(b []byte) (map[limit.Key]time.Duration, error) {
	out := map[limit.Key]time.Duration{}
	for len(b) > 0 {
		if len(b) < 9 {
			return nil, errTold
		}
		key := limit.Key(binary.LittleEndian.Uint64(b))
		d, w := binary.Uvarint(b[8:])
		if w <= 0 || d > uint64(limit.MaxAdd) {
			return nil, errTold
		}
		out[key] = time.Duration(d)
		b = b[8+w:]
	}
	return out, nil
}
