package backup

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
)

// Config says how a server ships its database.
type Config struct {
	Store blob.Creator
	Log   *slog.Logger
	// Sync answers no write before the store has it. Else the store is at most Interval,
	// and what an upload takes, behind.
	Sync     bool
	Interval time.Duration
	// Fence answers no write once the lease is over, whether or not somebody else has it:
	// needed where a standby waits.
	Fence bool
	Lease time.Duration // how long one holds without a sign of life
	Every time.Duration // a snapshot
	Keep  time.Duration // how far back one can restore
	Wait  time.Duration // how long a write of Sync waits for the store
	Queue int           // bytes that wait for the store; more are given up, and a snapshot follows
	Lost  func(error)   // another server has taken over; called once
	Files *Mirror       // nil: files are no part of it
}

// Default returns usual values.
func Default() Config {
	return Config{
		Interval: time.Second, Lease: 10 * time.Second, Every: 24 * time.Hour, Keep: 7 * 24 * time.Hour,
		Wait: 10 * time.Second, Queue: 64 << 20, Log: slog.New(slog.DiscardHandler), Lost: func(error) {},
	}
}

// Validate reports every fault at once.
func (c Config) Validate() error {
	var errs []error
	if c.Store == nil || c.Log == nil || c.Lost == nil {
		errs = append(errs, errors.New("backup: Store, Log and Lost must be set"))
	}
	if c.Interval < 0 || c.Lease < time.Second || c.Every < time.Minute || c.Keep < time.Minute || c.Wait <= 0 || c.Queue < 1<<20 {
		errs = append(errs, errors.New("backup: interval from 0, lease from 1s, snapshot_every and keep from 1m"))
	}
	return errors.Join(errs...)
}

// pause waits, and reports whether ctx still lives.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
