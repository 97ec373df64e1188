package limit

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// Key names who is counted for what.
type Key uint64

const (
	shards  = 64
	maxKeys = 200_000 // of all shards; some 8 MB
)

// Limiter counts by keys.
type Limiter struct {
	seed   maphash.Seed // nobody outside can choose keys that collide
	secret []byte       // in its place, where several nodes count together
	shards [shards]shard
}

type shard struct {
	mu    sync.Mutex
	due   map[Key]int64 // when the key's burst is whole again, in Unix nanoseconds
	taken map[Key]int64 // of it since the last Taken; nil where nobody asks
	_     [32]byte      // a cache line each
}

// MaxAdd bounds what other nodes take of a key at once.
const MaxAdd = maxWindow

// New returns a Limiter.
func New() *Limiter {
	l := &Limiter{seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].due = map[Key]int64{}
	}
	return l
}

// NewKeyed returns a Limiter whose keys are those of every other one with this secret.
func NewKeyed(secret []byte) *Limiter {
	l := New()
	l.secret = append([]byte("plinth limits "), secret...)
	return l
}

// keyed is the key of a text by the secret.
func (l *Limiter) keyed(scope string, text []byte) Key {
	b := make([]byte, 0, 128)
	b = append(append(append(append(b, l.secret...), scope...), 0), text...)
	sum := sha256.Sum256(b)
	return Key(binary.LittleEndian.Uint64(sum[:]))
}

// Record begins to note what is taken; see Taken.
func (l *Limiter) Record() {
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		s.taken = map[Key]int64{}
		s.mu.Unlock()
	}
}

// Taken returns what was taken here since it was called last, in the time that it takes
// to refill.
func (l *Limiter) Taken() map[Key]time.Duration {
	var out map[Key]time.Duration
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		for key, d := range s.taken {
			if out == nil {
				out = map[Key]time.Duration{}
			}
			out[key] = min(time.Duration(d), MaxAdd)
		}
		clear(s.taken)
		s.mu.Unlock()
	}
	return out
}

// origin is before any time that counts.
var origin = time.Now().Add(-100 * 365 * 24 * time.Hour) // AddDate would forget the clock that never jumps

// since is a moment in nanoseconds by the clock that never jumps: a wall clock that was
// set back must not keep people out for as long.
func since(now time.Time) int64 { return int64(now.Sub(origin)) }

// Add counts what was taken of key elsewhere: see Taken.
func (l *Limiter) Add(key Key, d time.Duration, now time.Time) {
	at, s := since(now), &l.shards[key%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.due) >= maxKeys/shards {
		s.sweep(at)
	}
	s.due[key] = min(max(s.due[key], at)+int64(min(d, MaxAdd)), at+12*int64(maxWindow))
}

// Text is the key of whatever a text names.
func (l *Limiter) Text(scope, text string) Key {
	if l.secret != nil {
		return l.keyed(scope, []byte(text))
	}
	return Key(maphash.String(l.seed, text) ^ maphash.String(l.seed, scope)*0x9e3779b97f4a7c15)
}

// Addr is the key of a client: of IPv6 its network, which is one customer's.
func (l *Limiter) Addr(scope string, ip netip.Addr) Key {
	raw := Network(ip).As16()
	if l.secret != nil {
		return l.keyed(scope, raw[:])
	}
	return Key(maphash.Bytes(l.seed, raw[:]) ^ maphash.String(l.seed, scope)*0x9e3779b97f4a7c15)
}

// Left is what a key has left of its bound.
type Left struct {
	Wait  time.Duration // until the next may be taken; 0 where this one was
	N     int           // how many more may be taken at once
	Reset time.Duration // until the burst is whole
}

// Spend takes one of key's burst, or says how long to wait.
func (l *Limiter) Spend(key Key, b Bound, now time.Time) Left { return l.take(key, b, now, 1) }

// Left says what key has, and takes nothing.
func (l *Limiter) Left(key Key, b Bound, now time.Time) Left { return l.take(key, b, now, 0) }

// Take takes one of the burst of a key that a text names; where none is left it says how
// long to wait.
func (l *Limiter) Take(key string, b Bound, now time.Time) (wait time.Duration) {
	return l.take(l.Text("", key), b, now, 1).Wait
}

// Peek says how long key has to wait, and takes nothing.
func (l *Limiter) Peek(key string, b Bound, now time.Time) (wait time.Duration) {
	return l.take(l.Text("", key), b, now, 0).Wait
}

func (l *Limiter) take(key Key, b Bound, now time.Time, n int) Left {
	if b.N <= 0 || b.Window <= 0 {
		return Left{}
	}
	at, each := since(now), max(1, int64(b.Window)/int64(b.N))
	whole := each * int64(b.burst())
	s := &l.shards[key%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	due := max(s.due[key], at)
	if wait := due + each - at - whole; wait > 0 {
		return Left{Wait: time.Duration(wait), Reset: time.Duration(due - at)}
	}
	if n > 0 {
		if len(s.due) >= maxKeys/shards {
			s.sweep(at)
		}
		due += each
		s.due[key] = due
		if s.taken != nil {
			s.taken[key] += each
		}
	}
	return Left{N: int((at + whole - due) / each), Reset: time.Duration(due - at)}
}

// sweep makes room: first what is whole again, then anything.
func (s *shard) sweep(at int64) {
	for key, due := range s.due {
		if due <= at {
			delete(s.due, key)
		}
	}
	for key := range s.due {
		if len(s.due) < maxKeys/shards*9/10 {
			break
		}
		delete(s.due, key)
	}
}
