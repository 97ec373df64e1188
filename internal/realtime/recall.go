package realtime

import (
	"container/list"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
)

// recallKey is a client's session, which it says in its URL each time it connects, and
// a topic.
type recallKey struct {
	session string
	topic   topicKey
}

// recall remembers up to where clients that are gone were told of changes, the latest
// ones in case of too many. It is a help, not the truth: a client that is not
// remembered is told nothing of the past.
type recall struct {
	most int

	mu    sync.Mutex
	by    map[recallKey]*list.Element
	order list.List // of *recalled, the latest first
}

type recalled struct {
	key recallKey
	pos db.Position
	at  time.Time
}

func newRecall(most int) *recall { return &recall{most: most, by: map[recallKey]*list.Element{}} }

func (r *recall) put(key recallKey, pos db.Position) {
	if key.session == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.by[key]; e != nil {
		r.order.Remove(e)
	}
	r.by[key] = r.order.PushFront(&recalled{key, pos, time.Now()})
	for r.order.Len() > r.most {
		delete(r.by, r.order.Remove(r.order.Back()).(*recalled).key)
	}
}

// take returns what was remembered, and forgets it.
func (r *recall) take(key recallKey) (pos db.Position, at time.Time, ok bool) {
	if key.session == "" {
		return pos, at, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.by[key]
	if e == nil {
		return pos, at, false
	}
	delete(r.by, key)
	x := r.order.Remove(e).(*recalled)
	return x.pos, x.at, true
}
