package job

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
)

// Config of a queue.
type Config struct {
	DB        *db.DB
	Log       *slog.Logger
	Kinds     map[string]Kind
	Schedules []Schedule
	Workers   int           // runs at once
	Poll      time.Duration // how often to look without being woken
	Drain     time.Duration // how long Stop lets runs go on
}

// Default returns what a new project has.
func Default() Config {
	return Config{Workers: 8, Poll: time.Second, Drain: 10 * time.Second}
}

// Validate reports every fault at once.
func (c Config) Validate() error {
	var errs []error
	if c.DB == nil || c.Log == nil {
		errs = append(errs, errors.New("job: DB and Log must be set"))
	}
	if c.Workers < 1 || c.Poll <= 0 || c.Drain < 0 {
		errs = append(errs, errors.New("job: Workers and Poll must be positive, Drain not negative"))
	}
	for name, k := range c.Kinds {
		if k.Handle == nil {
			errs = append(errs, fmt.Errorf("job: kind %q has no handler", name))
		}
	}
	for _, s := range c.Schedules {
		if _, ok := c.Kinds[s.Job.Kind]; !ok || s.Name == "" {
			errs = append(errs, fmt.Errorf("job: schedule %q is of the unknown kind %q", s.Name, s.Job.Kind))
		}
	}
	return errors.Join(errs...)
}

// Queue runs jobs.
type Queue struct {
	cfg   Config
	kinds []string
	plans []plan
	// counts has each kind; the map never changes.
	counts map[string]*Counts

	mu     sync.Mutex
	stop   context.CancelFunc // of looking for work
	kill   context.CancelFunc // of the runs under way
	loop   chan struct{}      // closed when looking has ended
	active sync.WaitGroup
	freed  chan struct{}
	slots  chan struct{}
}

// New returns a queue that does nothing until Start.
func New(cfg Config) (*Queue, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	q := &Queue{cfg: cfg, kinds: slices.Sorted(maps.Keys(cfg.Kinds)), slots: make(chan struct{}, cfg.Workers), freed: make(chan struct{}, 1)}
	q.counts = make(map[string]*Counts, len(q.kinds))
	for _, kind := range q.kinds {
		q.counts[kind] = &Counts{}
	}
	for _, s := range cfg.Schedules {
		p, err := s.plan()
		if err != nil {
			return nil, err
		}
		q.plans = append(q.plans, p)
	}
	return q, nil
}

// Start writes the schedules down and begins to look for work.
func (q *Queue) Start(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stop != nil {
		return errors.New("job: the queue was started already")
	}
	if err := q.writeSchedules(ctx); err != nil {
		return err
	}
	looking, stop := context.WithCancel(context.Background())
	running, kill := context.WithCancel(context.Background())
	q.stop, q.kill, q.loop = stop, kill, make(chan struct{})
	go q.look(looking, running)
	return nil
}

// Stop takes no more work, lets runs end within Drain, then cancels them; a run that
// was cancelled is due again at once and its attempt does not count. It blocks, and
// may be called twice or without Start.
func (q *Queue) Stop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stop == nil {
		return
	}
	q.stop()
	<-q.loop
	idle := make(chan struct{})
	go func() { q.active.Wait(); close(idle) }()
	timer := time.NewTimer(q.cfg.Drain)
	defer timer.Stop()
	select {
	case <-idle:
	case <-timer.C:
	}
	q.kill()
	<-idle
}

// look claims work whenever there is a free worker, until ctx ends.
func (q *Queue) look(ctx, running context.Context) {
	defer close(q.loop)
	rung, quiet := q.cfg.DB.Listen(bell)
	defer quiet()
	tick := time.NewTicker(q.cfg.Poll)
	defer tick.Stop()
	for {
		more, err := q.turn(ctx, running)
		if err != nil && ctx.Err() == nil {
			q.cfg.Log.Error("job: looking for work failed", "error", err)
		}
		if more && err == nil && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-rung:
		case <-tick.C:
		case <-q.freed:
		}
	}
}

// turn starts what is due; more says that there may be more right now.
func (q *Queue) turn(ctx, running context.Context) (more bool, err error) {
	if err := q.fire(ctx); err != nil {
		return false, err
	}
	free := cap(q.slots) - len(q.slots)
	if free == 0 || len(q.kinds) == 0 {
		return false, nil
	}
	batch, err := q.claim(ctx, free)
	for _, c := range batch {
		q.slots <- struct{}{} // never blocks: only this goroutine fills it
		q.active.Go(func() {
			q.run(running, c)
			<-q.slots
			select {
			case q.freed <- struct{}{}:
			default:
			}
		})
	}
	return len(batch) == free && len(q.slots) < cap(q.slots), err
}

func newLease() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
