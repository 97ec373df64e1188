package table

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// Lease is how long a lock outlives its holder's last sign of life.
const Lease = 30 * time.Second

const (
	beat  = Lease / 3              // between two signs of life
	again = 500 * time.Millisecond // between two tries for a lock
)

// The name of a lock begins with a slash, which no key does.
const (
	sqlTake = `insert into plinth.certificates (name, value, holder, until) values ($1, '', $2::uuid, now() + interval '30 seconds')
 on conflict (name) do update set holder = excluded.holder, until = excluded.until where plinth.certificates.until < now()`
	sqlKeep = `update plinth.certificates set until = now() + interval '30 seconds' where name = $1 and holder = $2::uuid`
	sqlFree = `delete from plinth.certificates where name = $1 and holder = $2::uuid`
)

// lock is one that this process holds.
type lock struct {
	holder string
	stop   context.CancelFunc
	done   chan struct{}
}

// Lock waits for a lock.
func (t *Table) Lock(ctx context.Context, name string) error {
	tick := time.NewTicker(again)
	defer tick.Stop()
	for {
		if ok, err := t.TryLock(ctx, name); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// TryLock takes a lock that nobody holds.
func (t *Table) TryLock(ctx context.Context, name string) (bool, error) {
	end, err := t.begin()
	if err != nil {
		return false, err
	}
	defer end()
	l := &lock{holder: holder(), done: make(chan struct{})}
	n, err := t.exec(ctx, sqlTake, "/"+name, l.holder)
	if err != nil || n == 0 {
		return false, err
	}
	var keeping context.Context
	keeping, l.stop = context.WithCancel(context.Background())
	go t.keep(keeping, name, l)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed { // meanwhile: it runs out
		l.stop()
		return false, errClosed
	}
	t.held[name] = l
	return true, nil
}

// keep moves the lock's end forward until it is given back, or lost.
func (t *Table) keep(ctx context.Context, name string, l *lock) {
	defer close(l.done)
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		once, cancel := context.WithTimeout(ctx, beat)
		n, err := t.exec(once, sqlKeep, "/"+name, l.holder)
		cancel()
		switch {
		case err == nil && n == 0:
			t.log.Error("certificates: a lock was lost", "lock", name)
			return
		case err != nil && ctx.Err() == nil:
			t.log.Warn("certificates: a lock could not be kept", "lock", name, "error", err)
		}
	}
}

// Unlock gives a lock back.
func (t *Table) Unlock(ctx context.Context, name string) error {
	t.mu.Lock()
	l := t.held[name]
	delete(t.held, name)
	if l == nil {
		defer t.mu.Unlock()
		if t.closed { // Close has given it back
			return nil
		}
		return fmt.Errorf("certificates: the lock %s is not held", name)
	}
	t.work.Add(1)
	t.mu.Unlock()
	defer t.work.Done()
	return t.free(ctx, name, l)
}

func (t *Table) free(ctx context.Context, name string, l *lock) error {
	l.stop()
	<-l.done
	_, err := t.exec(ctx, sqlFree, "/"+name, l.holder)
	return err
}

func holder() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it does not fail
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
