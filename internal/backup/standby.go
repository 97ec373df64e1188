package backup

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
)

// Standby follows what another server ships, and takes over when that one is silent.
type Standby struct {
	cfg   Config
	owner string
	img   image
	gen   uint32 // whose holder is watched; the image may be of an older one
	lost  bool   // the log of the image's generation can't be followed: a snapshot must come
}

// Took is what a standby took over.
type Took struct {
	Lease *Lease
	Place Place     // behind which it goes on
	At    time.Time // of the last transaction that it has
}

const followEvery = 500 * time.Millisecond

// Follow writes the database of the newest generation into f until its holder is silent
// for longer than its lease, or has stopped; then it takes the lease, seals the old log,
// and returns. From the seal on the old holder can ship nothing.
func Follow(ctx context.Context, cfg Config, owner string, f *os.File) (Took, error) {
	if err := cfg.Validate(); err != nil {
		return Took{}, err
	}
	s := &Standby{cfg: cfg, owner: owner, img: image{f: f}}
	w := watch{store: cfg.Store, ttl: cfg.Lease}
	every := min(followEvery, cfg.Lease/10)
	var said time.Time
	for {
		dead, err := s.step(ctx, &w)
		if err == nil && dead && s.img.place.Gen > 0 {
			took, err := s.takeOver(ctx)
			if !errors.Is(err, ErrHeld) {
				return took, err
			}
			continue // another standby was faster: follow that one
		}
		if ctx.Err() != nil {
			return Took{}, ctx.Err()
		}
		if err != nil && time.Since(said) > 10*time.Second {
			said = time.Now()
			cfg.Log.Warn("standby: the store of backups fails", "error", err)
		}
		if !pause(ctx, every) {
			return Took{}, ctx.Err()
		}
	}
}

// step looks for a newer generation, takes what was shipped, and reports whether the
// holder is dead.
func (s *Standby) step(ctx context.Context, w *watch) (dead bool, err error) {
	if s.gen == 0 {
		s.gen, err = NewestGen(ctx, s.cfg.Store)
	} else if _, err = s.cfg.Store.Stat(ctx, leaseKey(s.gen+1)); err == nil {
		s.gen, err = NewestGen(ctx, s.cfg.Store)
	} else if errors.Is(err, blob.ErrMissing) {
		err = nil
	}
	if err != nil || s.gen == 0 {
		return false, err
	}
	if w.gen != s.gen {
		*w = watch{store: w.store, ttl: w.ttl, gen: s.gen}
	}
	if dead, _, err = w.dead(ctx); err != nil {
		return false, err
	}
	return dead, s.catchUp(ctx)
}

// catchUp takes a snapshot where one is needed, and then all segments that are there.
func (s *Standby) catchUp(ctx context.Context) error {
	if s.img.place.Gen != s.gen || s.lost {
		if err := s.reload(ctx); err != nil {
			return err
		}
	}
	for s.img.place.Gen > 0 {
		seg, err := s.img.next(ctx, s.cfg.Store)
		if errors.Is(err, blob.ErrMissing) {
			return nil
		}
		if errors.Is(err, ErrDamaged) || err == nil && seg.Base && s.img.txs+int(s.img.place.Seq) > 0 && !s.fits(seg) {
			s.lost = true
			return err
		}
		if err != nil || seg.Seal {
			return err
		}
		if _, err := s.img.apply(seg, time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// fits reports whether a segment that needs a snapshot finds the image just loaded from it.
func (s *Standby) fits(seg *segment) bool { return s.img.txs == 0 && s.img.place.Seq == seg.Seq-1 }

// reload takes the newest snapshot, if it is newer than the image.
func (s *Standby) reload(ctx context.Context) error {
	list, err := Snapshots(ctx, s.cfg.Store)
	if err != nil {
		return err
	}
	for n := len(list) - 1; n >= 0; n-- {
		c := list[n]
		if c.Place.Gen == 0 || !s.img.place.less(c.Place) {
			continue
		}
		s.img.txs = 0
		if err := s.img.load(ctx, s.cfg.Store, c, nil); err != nil {
			s.img.place = Place{}
			return err
		}
		s.lost = false
		s.cfg.Log.Info("standby: loaded a snapshot", "place", c.Place.String())
		return nil
	}
	return nil
}

// takeOver takes the lease of the next generation and ends the log of the old one. A
// segment that the old holder still ships before the seal is taken, too.
func (s *Standby) takeOver(ctx context.Context) (Took, error) {
	lease, err := take(ctx, s.cfg, s.owner, s.gen+1)
	if err != nil {
		return Took{}, err
	}
	lease.keep() // until Start does
	err = s.seal(ctx)
	if err == nil {
		err = s.img.f.Sync()
	}
	if err != nil {
		lease.kept()
		return Took{}, err
	}
	s.cfg.Log.Info("standby: took over", "generation", lease.Gen, "from", s.img.place.String(), "last", s.img.at)
	return Took{Lease: lease, Place: s.img.place, At: s.img.at}, nil
}

func (s *Standby) seal(ctx context.Context) error {
	at := Place{s.gen, 1}
	if s.img.place.Gen == s.gen {
		at.Seq = s.img.place.Seq + 1
	}
	for {
		end := &segment{Place: at, Seal: true, Prev: s.img.sum}
		b, err := end.encode()
		if err == nil {
			err = s.cfg.Store.Create(ctx, segmentKey(at), b)
		}
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, blob.ErrExists):
			if !pause(ctx, 200*time.Millisecond) {
				return ctx.Err()
			}
			s.cfg.Log.Warn("standby: the store of backups fails", "error", err)
		case s.img.place.Gen != s.gen || s.lost:
			at.Seq++ // of a generation whose first snapshot never came
		default:
			if seg, err := getSegment(ctx, s.cfg.Store, at); err == nil && seg.Seal {
				return nil // our own, whose answer was lost
			}
			if err := s.catchUp(ctx); err != nil && !errors.Is(err, ErrDamaged) {
				return err
			}
			at.Seq = max(at.Seq+1, s.img.place.Seq+1)
			if !s.lost {
				at.Seq = s.img.place.Seq + 1
			}
		}
	}
}

// keep gives signs of life until kept is called.
func (l *Lease) keep() {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	l.kept = func() { stop(); <-done }
	go func() {
		defer close(done)
		for pause(ctx, l.ttl/3) {
			_ = l.beat(ctx) // who loses it meanwhile finds the log sealed
		}
	}()
}
