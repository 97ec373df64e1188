package job_test

import (
	"context"
	"errors"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/job"
)

func TestTheQueueCountsHowRunsEnd(t *testing.T) {
	engines(t, func(t *testing.T, d *db.DB) {
		enqueue(t, d, job.Job{Kind: "good"}, job.Job{Kind: "good"}, job.Job{Kind: "bad"}, job.Job{Kind: "later", Priority: job.High}, job.Job{Kind: "unknown", Priority: job.Low})
		ran := make(chan struct{}, 8)
		say := func(err error) job.Kind {
			return job.Kind{Handle: func(context.Context, *job.Run) error { ran <- struct{}{}; return err }}
		}
		cfg := map[string]job.Kind{"good": say(nil), "bad": say(job.Discard(errors.New("bad"))), "later": say(job.Later(1 << 40))}
		q := start(t, d, cfg, nil)
		for range 4 {
			<-ran
		}
		q.Stop()
		counts, running := q.Stats()
		if g, b, l := counts["good"], counts["bad"], counts["later"]; g.Done.Load() != 2 || g.Took.Count() != 2 || b.Dead.Load() != 1 || l.Later.Load() != 1 || running != 0 {
			t.Errorf("good %d, bad %d, later %d, running %d", g.Done.Load(), b.Dead.Load(), l.Later.Load(), running)
		}
		due, err := q.Due(t.Context())
		if err != nil || due["low"].Jobs != 1 || due["low"].Oldest <= 0 || due["high"].Jobs != 0 || due["normal"].Jobs != 0 {
			t.Errorf("due: %v, %v", due, err)
		}
	})
}
