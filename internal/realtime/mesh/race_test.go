package mesh

import (
	"log/slog"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/bus"
	"github.com/plinth-dev/plinth/internal/db"
)

// room is the realtime of a node as far as presence goes: one topic.
type room struct {
	mu     sync.Mutex
	own    []Entry
	ver    uint64
	others map[string][]Entry
	looked func() // after Own has looked, before what it saw is sent
}

func (r *room) Own(Key) ([]Entry, uint64) {
	r.mu.Lock()
	list, ver, looked := slices.Clone(r.own), r.ver, r.looked
	r.mu.Unlock()
	if looked != nil {
		looked()
	}
	return list, ver
}

func (r *room) Replace(_ Key, node string, list []Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.others[node] = list
}

func (r *room) Apply(_ Key, node string, joins, leaves []Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.DeleteFunc(r.others[node], func(e Entry) bool {
		return slices.ContainsFunc(leaves, func(l Entry) bool { return l.Ref == e.Ref })
	})
	r.others[node] = append(list, joins...)
}

func (r *room) refs() (out []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, list := range r.others {
		for _, e := range list {
			out = append(out, e.Ref)
		}
	}
	slices.Sort(out)
	return out
}

func (*room) Broadcast(Key, []byte)                                         {}
func (*room) Recall(string, Key) (pos db.Position, d time.Duration, b bool) { return pos, 0, false }
func (*room) Keep(string, Key, db.Position, bool)                           {}
func (*room) Sockets() int                                                  { return 0 }

// change has entries come and go at a node.
func (r *room) change(m *Mesh, key Key, joins, leaves []Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.own = append(slices.DeleteFunc(r.own, func(e Entry) bool {
		return slices.ContainsFunc(leaves, func(l Entry) bool { return l.Ref == e.Ref })
	}), joins...)
	r.ver = m.Delta(key, r.ver, joins, leaves)
}

type member struct {
	*room
	mesh *Mesh
	bus  *bus.Bus
}

func members(t *testing.T, n int) (list []member) {
	t.Helper()
	hub := bus.NewHub()
	for i := range n {
		b, err := bus.New(bus.Config{Node: string(rune('a' + i)), Link: hub.Link(), Log: slog.New(slog.DiscardHandler), Beat: 20 * time.Millisecond, Dead: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		r := &room{others: map[string][]Entry{}}
		m, err := New(b, r, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, member{r, m, b})
		t.Cleanup(func() {
			m.Close()
			_ = b.Close()
		})
	}
	for _, m := range list {
		eventually(t, func() bool { return len(m.bus.Peers()) == n-1 })
	}
	return list
}

func eventually(t *testing.T, good func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.After(10 * time.Second); !good(); {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("it does not come")
		}
	}
}

// Word of somebody who comes may overtake the answer that nobody is there, which was true
// when it was made.
func TestNobodyIsOvertaken(t *testing.T) {
	t.Parallel()
	key := Key{Name: "lobby"}
	list := members(t, 2)
	a, b := list[0], list[1]
	heard := func() bool { return len(a.refs()) == 1 }
	b.mesh.Enter(t.Context(), key)
	b.room.mu.Lock()
	b.room.looked = sync.OnceFunc(func() {
		b.change(b.mesh, key, []Entry{{Key: "bob", Ref: "1"}}, nil)
		eventually(t, heard) // the answer is still under way
	})
	b.room.mu.Unlock()
	a.mesh.Enter(t.Context(), key)
	<-a.mesh.topic(idOf(key)).ready // the answer is there
	if !heard() {
		t.Errorf("%v are present, want one", a.refs())
	}
}

// Whatever comes at once, in the end each node knows who is at the others.
func TestAllAgree(t *testing.T) {
	t.Parallel()
	key := Key{Name: "lobby"}
	list := members(t, 3)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for range 40 {
		var work sync.WaitGroup
		for i, m := range list {
			rnd := rand.New(rand.NewPCG(seed, uint64(i)))
			seed++
			m.room.mu.Lock()
			m.room.looked = func() { runtime.Gosched() }
			m.room.mu.Unlock()
			work.Go(func() {
				for range 1 + rnd.IntN(3) {
					m.forget()
					m.mesh.Enter(t.Context(), key)
					m.come(key, rnd.Uint64())
					for range rnd.IntN(3) {
						m.come(key, rnd.Uint64())
						if rnd.IntN(2) == 0 {
							m.leave(key)
						}
					}
					if rnd.IntN(4) > 0 {
						for m.leave(key) {
						}
					}
					if len(m.mine()) > 0 {
						break
					}
					m.mesh.Exit(key)
				}
				if len(m.mine()) == 0 {
					m.forget()
					m.mesh.Enter(t.Context(), key)
					m.come(key, rnd.Uint64())
				}
			})
		}
		work.Wait()
		for _, m := range list {
			var want []string
			for _, o := range list {
				if o.room != m.room {
					want = append(want, o.mine()...)
				}
			}
			slices.Sort(want)
			eventually(t, func() bool { return slices.Equal(m.refs(), want) })
		}
		for _, m := range list {
			for m.leave(key) {
			}
			m.mesh.Exit(key)
		}
	}
}

// forget is what becomes of a topic that nobody joined any more.
func (r *room) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ver, r.others = 0, map[string][]Entry{}
}

func (r *room) mine() (out []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.own {
		out = append(out, e.Ref)
	}
	return out
}

func (m member) come(key Key, ref uint64) {
	m.change(m.mesh, key, []Entry{{Key: "k", Ref: strconv.FormatUint(ref, 36)}}, nil)
}

// leave takes the first of a node's entries out; false where there is none.
func (m member) leave(key Key) bool {
	m.room.mu.Lock()
	if len(m.own) == 0 {
		m.room.mu.Unlock()
		return false
	}
	first := m.own[0]
	m.room.mu.Unlock()
	m.change(m.mesh, key, nil, []Entry{{Key: first.Key, Ref: first.Ref}})
	return true
}
