package job

import (
	"context"
	"fmt"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
)

// Schedule enqueues Job at the times of Spec, by the clocks of Zone. What was missed
// while nothing ran is made up for once. However many nodes run, each time is
// enqueued by one.
type Schedule struct {
	Name string
	Spec string // see ParseCron
	Zone string // "Europe/Oslo"; "" for UTC
	Job  Job
}

type plan struct {
	Schedule
	cron *Cron
	zone *time.Location
}

func (s Schedule) plan() (plan, error) {
	cron, err := ParseCron(s.Spec)
	if err != nil {
		return plan{}, fmt.Errorf("job: schedule %q: %w", s.Name, err)
	}
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return plan{}, fmt.Errorf("job: schedule %q: %w", s.Name, err)
	}
	if cron.Next(time.Unix(0, 0).In(zone)).IsZero() {
		return plan{}, fmt.Errorf("job: schedule %q: %q never comes", s.Name, s.Spec)
	}
	return plan{s, cron, zone}, nil
}

const (
	sqlNow         = `select now()`
	sqlSetSchedule = `insert into plinth.schedules (name, spec, next_at) values ($1, $2, $3)
 on conflict (name) do update set spec = excluded.spec, next_at = excluded.next_at where plinth.schedules.spec <> excluded.spec`
	sqlDueAny   = `select 1 from plinth.schedules where next_at <= now() limit 1`
	sqlDueNames = `select name, spec from plinth.schedules where next_at <= now() for update`
	sqlFired    = `update plinth.schedules set last_at = now(), next_at = $2 where name = $1`
)

func (p plan) text() string { return p.Spec + " " + p.zone.String() }

// writeSchedules stores new and changed schedules with their next time.
func (q *Queue) writeSchedules(ctx context.Context) error {
	if len(q.plans) == 0 {
		return nil
	}
	_, err := q.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		now, err := clock(ctx, tx)
		if err != nil {
			return err
		}
		for _, p := range q.plans {
			if _, err := tx.Exec(ctx, sqlSetSchedule, p.Name, p.text(), p.cron.Next(now.In(p.zone))); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

func clock(ctx context.Context, tx *db.Tx) (time.Time, error) {
	row, err := one(ctx, tx, sqlNow)
	if err != nil {
		return time.Time{}, err
	}
	return time.UnixMicro(row[0].I), nil
}

// fire enqueues the jobs of schedules whose time has come.
func (q *Queue) fire(ctx context.Context) error {
	if len(q.plans) == 0 {
		return nil
	}
	due := false
	err := q.cfg.DB.Read(ctx, db.Owner, func(tx *db.Tx) error {
		row, err := one(ctx, tx, sqlDueAny)
		due = row != nil
		return err
	})
	if err != nil || !due {
		return err
	}
	_, err = q.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error { return q.fireIn(ctx, tx) })
	return err
}

func (q *Queue) fireIn(ctx context.Context, tx *db.Tx) error {
	now, err := clock(ctx, tx)
	if err != nil {
		return err
	}
	due, err := rows(ctx, tx, sqlDueNames)
	if err != nil {
		return err
	}
	for _, v := range due {
		for _, p := range q.plans {
			if p.Name != v[0].S || p.text() != v[1].S {
				continue // another release's schedule: its nodes fire it
			}
			j := p.Job
			if j.Key == "" {
				j.Key = p.Name // one at a time
			}
			if err := Enqueue(ctx, tx, j); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, sqlFired, p.Name, p.cron.Next(now.In(p.zone))); err != nil {
				return err
			}
		}
	}
	return nil
}
