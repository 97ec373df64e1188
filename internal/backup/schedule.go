package backup

import (
	"context"
	"errors"
	"time"
)

// snapshots makes one at the start, one after commits were given up, and one from time
// to time; then what is too old goes.
func (s *Shipper) snapshots(ctx context.Context, first *beginning) {
	defer s.run.done.Done()
	tick := time.NewTicker(s.cfg.Every)
	defer tick.Stop()
	for wait := time.Second; ; {
		err := s.snapshot(ctx, first)
		first = nil
		if err == nil && s.cfg.Files != nil {
			err = s.cfg.Files.reconcile(ctx)
		}
		if err == nil {
			err = Prune(ctx, s.cfg.Store, time.Now().Add(-s.cfg.Keep))
		}
		if err == nil { // what uploads that never ended have left
			err = s.cfg.Store.Tidy(ctx, time.Now().Add(-24*time.Hour))
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.failed()
			s.cfg.Log.Error("backup: snapshot", "error", err)
			if !pause(ctx, wait) {
				return
			}
			wait = min(2*wait, time.Minute)
			continue
		}
		wait = time.Second
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.renew:
		}
	}
}

var errSlow = errors.New("the log before the snapshot could not be shipped in time")

// beginning is a snapshot whose place is fixed.
type beginning struct {
	mark  *mark
	pages Pages
}

func (s *Shipper) begin(ctx context.Context) (*beginning, error) {
	m := &mark{place: make(chan moment, 1)}
	pages, err := s.cut(ctx, func() { s.mark(m) })
	return &beginning{m, pages}, err
}

// snapshot puts all pages into the store, as they are now or were at b.
func (s *Shipper) snapshot(ctx context.Context, b *beginning) (err error) {
	if b == nil {
		if b, err = s.begin(ctx); err != nil {
			return err
		}
	}
	defer b.pages.Close()
	at, err := s.placed(ctx, b.mark)
	var snap Snapshot
	if err == nil {
		snap, err = putSnapshot(ctx, s.cfg.Store, at, b.pages, nil)
	}
	if err != nil {
		s.mu.Lock()
		if b.mark.broken { // what follows fits to nothing
			s.giveUp(err)
		}
		s.mu.Unlock()
		return err
	}
	s.cfg.Log.Info("backup: snapshot", "place", snap.Place.String(), "bytes", snap.Bytes)
	s.change(func() {
		s.based = s.based || !s.broken
		s.told.LastSnapshot = time.Now()
	})
	return nil
}

// placed waits until what was committed before the snapshot is shipped.
func (s *Shipper) placed(ctx context.Context, m *mark) (moment, error) {
	t := time.NewTimer(30 * time.Second) // meanwhile the database's log cannot start anew
	defer t.Stop()
	select {
	case at := <-m.place:
		return at, nil
	case <-ctx.Done():
		return moment{}, ctx.Err()
	case <-t.C:
		return moment{}, errSlow
	}
}

// mark notes where the snapshot is; it runs between two commits.
func (s *Shipper) mark(m *mark) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.at, m.tx, m.broken = s.now(time.Now()), s.captured, s.broken
	s.broken = false
	s.queue = append(s.queue, entry{mark: m})
	ring(s.wake)
}
