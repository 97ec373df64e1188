package backup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
)

// Owner is a data folder's identity in the store.
type Owner struct {
	Instance string `json:"instance"` // of the folder
	After    uint32 `json:"after"`    // the generation that the folder continues; 0: none
}

// Lease is the right to write one generation.
type Lease struct {
	Gen   uint32
	store blob.Creator
	owner string
	ttl   time.Duration
	kept  func() // ends the signs of life of a standby that took it

	mu    sync.Mutex
	until time.Time // by both clocks: one stands still while a machine sleeps, the other may jump
	wall  time.Time
	beats int
}

type leaseNote struct {
	Owner string    `json:"owner"`
	At    time.Time `json:"at"`
}

type beatNote struct {
	Owner    string `json:"owner"`
	N        int    `json:"n"`
	Released bool   `json:"released,omitempty"`
}

// NewestGen returns the last generation that somebody took, 0 for none.
func NewestGen(ctx context.Context, st blob.Store) (uint32, error) {
	newest := uint32(0)
	for info, err := range st.List(ctx, leases) {
		if err != nil {
			return 0, err
		}
		if n, ok := parseKey(info.Key, leases, 8); ok {
			newest = max(newest, uint32(n[0]))
		}
	}
	return newest, nil
}

// Acquire takes the generation after the newest. The folder must continue that one; a
// holder that is another folder must have stopped.
func Acquire(ctx context.Context, cfg Config, o Owner) (*Lease, error) {
	newest, err := NewestGen(ctx, cfg.Store)
	if err != nil {
		return nil, err
	}
	if newest > 0 {
		var note leaseNote
		if err := getJSON(ctx, cfg.Store, leaseKey(newest), &note); err != nil {
			return nil, err
		}
		mine := note.Owner == o.Instance
		if newest != o.After && (!mine || newest != o.After+1) { // a crash may have come before After was kept
			return nil, ErrStale
		}
		if !mine {
			w := watch{store: cfg.Store, gen: newest, ttl: cfg.Lease}
			if err := w.untilDead(ctx); err != nil {
				return nil, err
			}
		}
	} else if o.After > 0 {
		return nil, ErrStale
	}
	return take(ctx, cfg, o.Instance, newest+1)
}

// Leads reports whether the folder may go on without having to follow anybody first: it
// continues the newest generation, and no other folder holds that.
func Leads(ctx context.Context, st blob.Store, o Owner) (bool, error) {
	newest, err := NewestGen(ctx, st)
	if err != nil || newest == 0 {
		return newest == 0 && o.After == 0, err
	}
	var note leaseNote
	if err := getJSON(ctx, st, leaseKey(newest), &note); err != nil {
		return false, err
	}
	return note.Owner == o.Instance && (newest == o.After || newest == o.After+1), nil
}

// take creates the lease of a generation, which of many who try one does, and asks
// whether the store keeps to that.
func take(ctx context.Context, cfg Config, owner string, gen uint32) (*Lease, error) {
	text, err := json.Marshal(leaseNote{owner, time.Now().UTC()})
	if err != nil {
		return nil, err
	}
	err = cfg.Store.Create(ctx, leaseKey(gen), text)
	if errors.Is(err, blob.ErrExists) {
		return nil, ErrHeld.WithCause(err)
	}
	if err == nil && !errors.Is(cfg.Store.Create(ctx, leaseKey(gen), text), blob.ErrExists) {
		err = ErrNoCreate
	}
	l := &Lease{Gen: gen, store: cfg.Store, owner: owner, ttl: cfg.Lease, kept: func() {}}
	if err == nil {
		err = l.beat(ctx)
	}
	return l, err
}

// beat gives a sign of life, and looks whether somebody else leads.
func (l *Lease) beat(ctx context.Context) error {
	start := time.Now()
	l.mu.Lock()
	l.beats++
	n := l.beats
	l.mu.Unlock()
	if err := putJSON(ctx, l.store, beatKey(l.Gen), beatNote{Owner: l.owner, N: n}); err != nil {
		return err
	}
	_, err := l.store.Stat(ctx, leaseKey(l.Gen+1))
	if err == nil {
		return ErrFenced
	}
	if !errors.Is(err, blob.ErrMissing) {
		return err
	}
	l.mu.Lock()
	l.until, l.wall = start.Add(l.ttl), start.Add(l.ttl).Round(0)
	l.mu.Unlock()
	return nil
}

// valid reports whether the lease holds: nobody else may have taken it yet.
func (l *Lease) valid() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	return now.Before(l.until) && now.Round(0).Before(l.wall)
}

// release says that the holder has stopped, so that nobody waits for its lease to end.
func (l *Lease) release(ctx context.Context) error {
	return putJSON(ctx, l.store, beatKey(l.Gen), beatNote{Owner: l.owner, N: -1, Released: true})
}

// watch looks at another's signs of life. Clocks are not compared: only how long, by the
// own one, nothing has changed.
type watch struct {
	store blob.Store
	gen   uint32
	ttl   time.Duration
	last  beatNote
	since time.Time
}

// dead reports whether the holder has stopped or been silent for longer than its lease.
func (w *watch) dead(ctx context.Context) (dead, moved bool, err error) {
	var now beatNote
	err = getJSON(ctx, w.store, beatKey(w.gen), &now)
	if err != nil && !errors.Is(err, blob.ErrMissing) {
		return false, false, err
	}
	if w.since.IsZero() || now != w.last {
		moved = !w.since.IsZero()
		w.last, w.since = now, time.Now()
	}
	return now.Released || time.Since(w.since) > w.ttl*3/2, moved, nil
}

// untilDead waits for it; a sign of life is ErrHeld.
func (w *watch) untilDead(ctx context.Context) error {
	for {
		dead, moved, err := w.dead(ctx)
		switch {
		case err != nil:
			return err
		case dead:
			return nil
		case moved:
			return ErrHeld
		}
		if !pause(ctx, w.ttl/5) {
			return ctx.Err()
		}
	}
}

func putJSON(ctx context.Context, st blob.Store, key string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = st.Put(ctx, key, bytes.NewReader(text), int64(len(text)))
	return err
}

const maxNote = 64 << 10

func getJSON(ctx context.Context, st blob.Store, key string, v any) error {
	text, err := getBytes(ctx, st, key, maxNote)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return damaged(key, err.Error())
	}
	return nil
}

func getBytes(ctx context.Context, st blob.Store, key string, limit int64) ([]byte, error) {
	r, err := st.Get(ctx, key, blob.Whole)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = damaged(key, "it is too large")
	}
	return b, err
}
