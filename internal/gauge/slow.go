package gauge

import (
	"bytes"
	"context"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// Bounds of the log of slow statements.
const (
	slowWaiting = 16              // statements whose plan is not asked for yet
	planAgain   = time.Minute     // until the plan of the same statement is told again
	planTime    = 5 * time.Second // that asking for a plan may take
	plansKnown  = 512             // statements whose plan was told lately
	slowText    = 2000            // bytes of a statement's text
	planText    = 8000            // and of its plan
)

// Slow logs slow statements with the plan that the engine has for them. The arguments
// are needed for the plan, and never logged. Plans are asked for by one goroutine,
// after the statement's request was answered.
type Slow struct {
	db    *db.DB
	log   *slog.Logger
	queue chan db.Statement
	Seen  atomic.Uint64 // how many there were
	told  map[string]time.Time
	stop  context.CancelFunc
	done  chan struct{}
	once  sync.Once
}

// NewSlow returns a log that tells plans once it was started.
func NewSlow(d *db.DB, log *slog.Logger) *Slow {
	return &Slow{db: d, log: log, queue: make(chan db.Statement, slowWaiting), told: map[string]time.Time{}, done: make(chan struct{})}
}

// Hear takes a statement; it does not block. It is db.Watch's OnSlow.
func (s *Slow) Hear(st db.Statement) {
	s.Seen.Add(1)
	args := make([]any, len(st.Args))
	for i, a := range st.Args {
		if b, ok := a.([]byte); ok {
			a = bytes.Clone(b)
		}
		args[i] = a
	}
	st.Args = args
	select {
	case s.queue <- st:
	default:
		s.line(st)
	}
}

// Start begins to ask for plans.
func (s *Slow) Start() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	go func() {
		defer close(s.done)
		for {
			select {
			case <-ctx.Done():
				return
			case st := <-s.queue:
				s.tell(ctx, st)
			}
		}
	}()
}

// Stop ends it. It may be called twice, and without Start.
func (s *Slow) Stop() {
	s.once.Do(func() {
		if s.stop != nil {
			s.stop()
			<-s.done
		}
	})
}

func (s *Slow) tell(ctx context.Context, st db.Statement) {
	key := st.Session.Role + "\x00" + st.SQL
	if at, ok := s.told[key]; ok && time.Since(at) < planAgain {
		s.line(st)
		return
	}
	if len(s.told) >= plansKnown {
		clear(s.told)
	}
	s.told[key] = time.Now()
	plan, err := s.plan(ctx, st)
	if err != nil {
		s.line(st, slog.String("no_plan", fault.From(err).Message))
		return
	}
	s.line(st, slog.String("plan", cut(withoutValues(plan), planText)))
}

// plan asks for the plan as the statement's own actor: policies are a part of it.
func (s *Slow) plan(ctx context.Context, st db.Statement) (plan string, err error) {
	ctx, cancel := context.WithTimeout(ctx, planTime)
	defer cancel()
	err = s.db.Read(ctx, st.Session, func(tx *db.Tx) error {
		text, err := tx.Explain(ctx, db.Explain{}, st.SQL, st.Args...)
		plan = string(text)
		return err
	})
	return plan, err
}

func (s *Slow) line(st db.Statement, more ...slog.Attr) {
	attrs := append([]slog.Attr{
		slog.Int64("us", st.Took.Microseconds()), slog.String("role", st.Session.Role), slog.String("sql", cut(st.SQL, slowText)),
	}, more...)
	if st.Fault != nil {
		attrs = append(attrs, slog.String("code", fault.From(st.Fault).Code))
	}
	s.log.LogAttrs(context.Background(), slog.LevelWarn, "slow statement", attrs...)
}

var (
	literals = regexp.MustCompile(`'(?:[^']|'')*'`)
	numbers  = regexp.MustCompile(`([\s(=<>{,+*/-])\d[\d.]*`)
)

// withoutValues takes the values out of a plan: Postgres writes arguments and claims into
// the conditions of its steps.
func withoutValues(plan string) string {
	lines := strings.SplitAfter(literals.ReplaceAllString(plan, "'?'"), "\n")
	for i, line := range lines {
		if strings.Contains(line, "Cond:") || strings.Contains(line, "Filter:") {
			lines[i] = numbers.ReplaceAllString(line, "${1}?")
		}
	}
	return strings.Join(lines, "")
}

func cut(text string, n int) string {
	if len(text) > n {
		return text[:n] + "…"
	}
	return text
}
