package ledger

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
)

const (
	every   = 500 * time.Millisecond // between two checkpoints at least …
	share   = 20                     // … of which writing is a twentieth at most
	refresh = 30 * time.Second       // a server with clients stamps its place this often at least
)

// Config is what a Ledger needs.
type Config struct {
	DB     *db.DB
	Log    *slog.Logger
	Most   int           // rows
	Window time.Duration // who was away for longer has missed too much
	// Told calls f for each topic of each client with a session that is connected, with
	// the place up to which it has everything, or the zero Position where that is here,
	// the place of the feed when the call began.
	Told func(f func(id string, at db.Position)) (here db.Position)
}

// Row is what is known of a session in a topic.
type Row struct {
	Open bool        // it is connected, so that it may have been told more
	Told db.Position // up to where it has everything; zero: as far as its server was
	Lost bool        // broadcasts between clients may be missing
}

// Ledger is the rows of one run of a server.
type Ledger struct {
	cfg  Config
	node string

	mu    sync.Mutex
	notes map[string]*Row // to be written; nil: to be removed
	under map[string]*Row // that are just being written

	writing sync.Mutex // one checkpoint at a time; it guards what follows
	behind  map[string]db.Position
	here    db.Position
	stamped time.Time
	swept   time.Time
	grown   int // rows since then
	failing bool
}

// New returns a Ledger under a name that no other run of a server has.
func New(cfg Config) *Ledger {
	return &Ledger{cfg: cfg, node: rand.Text(), notes: map[string]*Row{}, swept: time.Now()}
}

// ID names a session in a topic, or with no session the topic itself. Nobody learns
// either from it.
func ID(session, topic string, private bool) string {
	kind := "public"
	if private {
		kind = "private"
	}
	sum := sha256.Sum256([]byte(kind + "\x00" + session + "\x00" + topic))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Put notes what is known. It is in the database within a second.
func (l *Ledger) Put(id string, r Row) { l.note(id, &r) }

// Drop forgets a session in a topic.
func (l *Ledger) Drop(id string) { l.note(id, nil) }

func (l *Ledger) note(id string, r *Row) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.notes[id]; known || len(l.notes) < l.cfg.Most {
		l.notes[id] = r
	}
}

// Pending is how many notes are not written yet.
func (l *Ledger) Pending() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.notes) + len(l.under)
}

// noted returns a note that is not in the database yet.
func (l *Ledger) noted(id string) (r *Row, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r, ok = l.notes[id]; !ok {
		r, ok = l.under[id]
	}
	return r, ok
}

// Find returns what is known of a session in a topic that is not connected here; topic is
// the ID of the topic itself. Of who was away for too long it does not say up to where it
// was told.
func (l *Ledger) Find(ctx context.Context, id, topic string) (r Row, ok bool, err error) {
	if r, ok := l.noted(id); ok {
		if r == nil || r.Open {
			return Row{}, false, nil
		}
		return *r, true, nil
	}
	r, node, ok, err := l.read(ctx, id, topic)
	if node == l.node && r.Open { // it joined a moment ago
		return Row{}, false, err
	}
	return r, ok, err
}

// Run writes checkpoints until ctx ends.
func (l *Ledger) Run(ctx context.Context) {
	pause := every
	for {
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		begin := time.Now()
		l.report(ctx, l.Checkpoint(ctx))
		pause = max(every, share*time.Since(begin))
	}
}

// report tells the log of the first failure of several.
func (l *Ledger) report(ctx context.Context, err error) {
	if err != nil && !l.failing && ctx.Err() == nil {
		l.cfg.Log.Error("realtime: where clients with a session are can't be written; after a restart they are new", "err", err)
	}
	l.failing = err != nil
}

// Finish writes the last checkpoint, after which nothing is open.
func (l *Ledger) Finish(ctx context.Context) { l.report(ctx, l.Checkpoint(ctx)) }

// Checkpoint writes what was noted, and where the clients are who are connected.
func (l *Ledger) Checkpoint(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	l.under, l.notes = l.notes, map[string]*Row{}
	batch := make(map[string]*Row, len(l.under))
	for id, r := range l.under {
		batch[id] = r
	}
	l.mu.Unlock()
	behind := map[string]db.Position{}
	open := 0
	here := l.cfg.Told(func(id string, at db.Position) {
		open++
		r, noted := batch[id]
		if noted && (r == nil || !r.Open) {
			return // it came back since, which the next checkpoint says
		}
		if at != (db.Position{}) {
			behind[id] = at
		}
		if noted || at != l.behind[id] {
			batch[id] = &Row{Open: true, Told: at}
		}
	})
	if len(batch) == 0 && (open == 0 || here == l.here && time.Since(l.stamped) < refresh) {
		return nil
	}
	err := l.store(ctx, here, batch)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		for id, r := range l.under {
			if _, newer := l.notes[id]; !newer {
				l.notes[id] = r
			}
		}
	} else {
		l.behind, l.here, l.stamped = behind, here, time.Now()
	}
	l.under = nil
	return err
}
