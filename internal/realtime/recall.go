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
// ones in case of too many. It is a help, not the truth: a client that is remembered
// neither here nor in the ledger is told nothing of the past.
type recall struct {
	most int

	mu    sync.Mutex
	by    map[recallKey]*list.Element
	order list.List // of *recalled, the latest first
}

type recalled struct {
	key  recallKey
	pos  db.Position
	cast uint64 // the last broadcast between clients, or unknownCast
	at   time.Time
}

// unknownCast is the last broadcast of a client that another node told of.
const unknownCast = ^uint64(0)

func newRecall(most int) *recall { return &recall{most: most, by: map[recallKey]*list.Element{}} }

func (r *recall) put(key recallKey, pos db.Position, cast uint64) {
	if key.session == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.by[key]; e != nil {
		r.order.Remove(e)
	}
	r.by[key] = r.order.PushFront(&recalled{key, pos, cast, time.Now()})
	for r.order.Len() > r.most {
		delete(r.by, r.order.Remove(r.order.Back()).(*recalled).key)
	}
}

// take returns what was remembered, and forgets it; nil for nothing.
func (r *recall) take(key recallKey) *recalled {
	if key.session == "" {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.by[key]
	if e == nil {
		return nil
	}
	delete(r.by, key)
	return r.order.Remove(e).(*recalled)
}

// all returns everything that is remembered.
func (r *recall) all() map[recallKey]recalled {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make(map[recallKey]recalled, len(r.by))
	for key, e := range r.by {
		out[key] = *e.Value.(*recalled)
	}
	return out
}
