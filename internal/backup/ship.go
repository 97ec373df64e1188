package backup

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
)

// Shipper takes a server's commits to the store.
type Shipper struct {
	cfg   Config
	lease *Lease
	cut   Cut

	mu       sync.Mutex
	armed    bool
	queue    []entry
	bytes    int
	broken   bool // commits were given up: a snapshot must follow
	last     time.Time
	captured uint64 // number of the last transaction
	shipped  uint64 // of the last that the store has
	based    bool   // so is the snapshot that the log fits to
	lost     error
	changed  chan struct{} // closed, and made anew, when one of these changes

	wake, renew chan struct{}
	run         run

	pageSize int
	tail     tail
	told     Stats // but for what is known when it is asked for
}

// run is the life of the goroutines.
type run struct {
	end              context.CancelFunc
	closing, drained chan struct{}
	done             sync.WaitGroup
}

// tail is the end of the log. It belongs to the goroutine that ships.
type tail struct {
	seq  uint64
	sum  Sum
	base bool // the next segment fits to a snapshot only
}

// Cut returns the database between two commits, at the moment at which at is called.
type Cut func(ctx context.Context, at func()) (Pages, error)

// entry is a transaction, or the mark of a snapshot.
type entry struct {
	tx   Tx
	n    uint64
	size int
	came time.Time
	mark *mark
}

// mark is the place of a snapshot between two transactions.
type mark struct {
	at     time.Time
	tx     uint64
	broken bool
	place  chan moment
}

// New returns a shipper that ignores commits until it is started.
func New(cfg Config) (*Shipper, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Files != nil {
		cfg.Files.log = cfg.Log
	}
	return &Shipper{
		cfg: cfg, changed: make(chan struct{}), wake: make(chan struct{}, 1), renew: make(chan struct{}, 1),
		run: run{closing: make(chan struct{}), drained: make(chan struct{})},
	}, nil
}

// Start ships from here on, under a lease. It returns once the place of the first
// snapshot is fixed, which is then made beside everything else.
func (s *Shipper) Start(ctx context.Context, l *Lease, cut Cut) error {
	l.kept()
	l.store = s.cfg.Store // a standby took it through one of its own
	s.lease, s.cut = l, cut
	s.mu.Lock()
	s.armed, s.broken = true, true // nothing is there to which a commit would fit
	s.mu.Unlock()
	first, err := s.begin(ctx)
	if err != nil {
		return err
	}
	ctx, s.run.end = context.WithCancel(context.Background())
	s.run.done.Add(3)
	go s.ship(ctx)
	go s.snapshots(ctx, first)
	go s.keepLease(ctx)
	return nil
}

// Commit takes a transaction. It runs on the goroutine that writes.
func (s *Shipper) Commit(at time.Time, pageSize int, pages uint32, frames []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.armed {
		return
	}
	s.captured++
	if s.broken {
		return
	}
	if s.bytes+len(frames) > s.cfg.Queue {
		s.giveUp(errors.New("more waits than the queue holds"))
		return
	}
	s.pageSize = pageSize
	s.queue = append(s.queue, entry{tx: Tx{At: s.now(at), Pages: pages, Frames: frames}, n: s.captured, size: len(frames), came: time.Now()})
	s.bytes += len(frames)
	ring(s.wake)
}

// now keeps times from going back, as clocks do.
func (s *Shipper) now(at time.Time) time.Time {
	at = at.Truncate(time.Microsecond)
	if !at.After(s.last) {
		at = s.last.Add(time.Microsecond)
	}
	s.last = at
	return at
}

// Broken says that a commit could not be read.
func (s *Shipper) Broken(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.armed {
		s.captured++
		s.giveUp(err)
	}
}

// giveUp drops what waits; the next snapshot has it. The lock is held.
func (s *Shipper) giveUp(err error) {
	if s.broken {
		return
	}
	s.cfg.Log.Error("backup: commits were given up, a snapshot follows", "error", err)
	s.broken, s.based = true, false
	s.told.Gaps++
	var marks []entry
	for _, e := range s.queue {
		if e.mark != nil {
			e.mark.broken = true
			marks = append(marks, e)
		}
	}
	s.queue, s.bytes = marks, 0
	ring(s.renew)
}

// Durable waits, before a write is answered, for what was promised about it.
func (s *Shipper) Durable() error {
	s.mu.Lock()
	armed, lost := s.armed, s.lost
	s.mu.Unlock()
	switch {
	case !armed:
		return nil
	case lost != nil:
		return lost
	case s.cfg.Sync:
		return s.await()
	case s.cfg.Fence && !s.lease.valid():
		return ErrFenced
	}
	return nil
}

func (s *Shipper) await() error {
	timer := time.NewTimer(s.cfg.Wait)
	defer timer.Stop()
	for {
		s.mu.Lock()
		ok, lost, changed := s.based && s.shipped >= s.captured, s.lost, s.changed
		if s.broken { // a snapshot must follow, and it needs this goroutine
			lost = ErrUnshipped
		}
		s.mu.Unlock()
		switch {
		case lost != nil:
			return lost
		case ok:
			return nil
		}
		select {
		case <-changed:
		case <-timer.C:
			return ErrUnshipped
		}
	}
}

// change runs fn under the lock and tells those who wait.
func (s *Shipper) change(fn func()) {
	s.mu.Lock()
	fn()
	close(s.changed)
	s.changed = make(chan struct{})
	s.mu.Unlock()
}

func (s *Shipper) lose(err error) {
	first := false
	s.change(func() {
		if first = s.lost == nil; first {
			s.lost = ErrFenced.WithCause(err)
		}
	})
	if first {
		s.cfg.Log.Error("backup: another server has taken over; this one stops")
		s.cfg.Lost(ErrFenced)
	}
}

// ship takes the queue to the store, until it is closed and empty, or ctx ends.
func (s *Shipper) ship(ctx context.Context) {
	defer s.run.done.Done()
	defer close(s.run.drained)
	closing := false
	for {
		if !closing {
			select {
			case <-ctx.Done():
				return
			case <-s.run.closing:
				closing = true
			case <-s.wake:
				closing = s.linger()
			}
		}
		for {
			batch := s.next()
			if len(batch) == 0 {
				break
			}
			if err := s.flush(ctx, batch); err != nil {
				return
			}
		}
		if closing {
			return
		}
	}
}

// linger lets a segment grow, unless somebody waits for it.
func (s *Shipper) linger() (closing bool) {
	s.mu.Lock()
	hurry := s.cfg.Sync || s.bytes > s.cfg.Queue/8
	for _, e := range s.queue {
		hurry = hurry || e.mark != nil
	}
	s.mu.Unlock()
	if hurry {
		return false
	}
	t := time.NewTimer(s.cfg.Interval)
	defer t.Stop()
	select {
	case <-t.C:
		return false
	case <-s.run.closing:
		return true
	}
}

// next takes from the queue what one segment holds, or one mark.
func (s *Shipper) next() []entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for n < len(s.queue) && s.queue[n].mark == nil && n < 10_000 {
		n++
	}
	if n == 0 && len(s.queue) > 0 {
		n = 1
	}
	batch := s.queue[:n:n]
	if n > 0 && batch[0].mark == nil {
		s.told.oldest = batch[0].came
	}
	if s.queue = s.queue[n:]; len(s.queue) == 0 {
		s.queue = nil
	}
	return batch
}

func (s *Shipper) flush(ctx context.Context, batch []entry) error {
	if m := batch[0].mark; m != nil {
		s.change(func() {
			s.tail.base = s.tail.base || m.broken
			s.shipped = max(s.shipped, m.tx)
		})
		m.place <- moment{Place: Place{s.lease.Gen, s.tail.seq}, At: m.at, Prev: s.tail.sum}
		return nil
	}
	s.mu.Lock()
	seg := &segment{Place: Place{s.lease.Gen, s.tail.seq + 1}, Base: s.tail.base, PageSize: s.pageSize, Prev: s.tail.sum}
	s.mu.Unlock()
	size := 0
	for _, e := range batch {
		seg.Txs = append(seg.Txs, e.tx)
		size += e.size
	}
	b, err := seg.encode()
	if err == nil {
		err = s.create(ctx, seg, b)
	}
	if err != nil {
		return err
	}
	s.tail = tail{seq: seg.Seq, sum: seg.Sum}
	s.change(func() {
		if s.bytes -= size; s.bytes < 0 { // given up meanwhile
			s.bytes = 0
		}
		s.shipped = batch[len(batch)-1].n
		s.told.oldest = time.Time{}
		s.told.Segments++
		s.told.Bytes += uint64(len(b))
		s.told.LastSegment = time.Now()
	})
	return nil
}

// attemptLimit ends one attempt to put a segment.
const attemptLimit = time.Minute

// create puts a segment, however often it takes. That somebody else has made it means
// that this server leads no more.
func (s *Shipper) create(ctx context.Context, seg *segment, b []byte) error {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := s.cfg.Files.settle(ctx)
		if err == nil {
			actx, cancel := context.WithTimeout(ctx, attemptLimit)
			err = s.cfg.Store.Create(actx, segmentKey(seg.Place), b)
			cancel()
		}
		if errors.Is(err, blob.ErrExists) {
			other, gerr := getBytes(ctx, s.cfg.Store, segmentKey(seg.Place), maxSegment)
			if gerr == nil && string(other) == string(b) {
				return nil // an attempt whose answer was lost
			}
			if gerr == nil {
				s.lose(err)
				return ErrFenced
			}
			err = gerr
		}
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.failed()
		s.cfg.Log.Warn("backup: the store of backups fails", "error", err)
		if !pause(ctx, wait) {
			return ctx.Err()
		}
	}
}

// keepLease gives signs of life.
func (s *Shipper) keepLease(ctx context.Context) {
	defer s.run.done.Done()
	for pause(ctx, s.cfg.Lease/3) {
		bctx, cancel := context.WithTimeout(ctx, s.cfg.Lease)
		err := s.lease.beat(bctx)
		cancel()
		switch {
		case errors.Is(err, ErrFenced):
			s.lose(err)
			return
		case err != nil && ctx.Err() == nil:
			s.cfg.Log.Warn("backup: no sign of life could be given", "error", err)
		}
	}
}

// Close ships what waits, for at most patience, and gives the lease back. The database
// must be closed by then.
func (s *Shipper) Close(patience time.Duration) error {
	if s.run.end == nil {
		return nil
	}
	close(s.run.closing)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case <-s.run.drained:
	case <-ctx.Done():
	}
	whole, lost := s.rest(ctx)
	s.run.end()
	s.run.done.Wait()
	if lost {
		return nil // who leads now needs nothing from here
	}
	if !whole {
		s.cfg.Log.Warn("backup: the last commits are on disk alone")
	}
	return s.lease.release(context.WithoutCancel(ctx))
}

// rest waits for the first snapshot, and reports whether the store has everything.
func (s *Shipper) rest(ctx context.Context) (whole, lost bool) {
	for {
		s.mu.Lock()
		whole, lost = s.based && s.shipped >= s.captured, s.lost != nil
		waits, changed := !s.based && !s.broken && !lost, s.changed
		s.mu.Unlock()
		if !waits {
			return whole, lost
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return whole, lost
		}
	}
}

func ring(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
