package backup

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func follow(t *testing.T, c Config) (path string, took chan Took) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "standby")
	f, err := os.Create(path)
	must(t, err)
	took = make(chan Took, 1)
	go func() {
		defer f.Close()
		got, err := Follow(t.Context(), c, "b", f)
		if err != nil {
			t.Error(err)
		}
		took <- got
	}()
	return path, took
}

// TestAStandbyTakesOver: the first server falls silent in the middle, as one does that is
// stopped, and wakes up while the standby leads: of what it ships then nothing counts.
func TestAStandbyTakesOver(t *testing.T) {
	t.Parallel()
	st := store(t)
	f := &faulty{Creator: st}
	c := conf(f)
	c.Sync, c.Fence = true, true
	lost := make(chan error, 1)
	c.Lost = func(err error) { lost <- err }
	d := serve(t, c, Owner{Instance: "a"})
	for i := range 20 {
		must(t, d.write(1+i%3, byte(i)))
	}
	want := bytes.Join(d.pages, nil)
	// From here on the first one's next segment waits until the standby has sealed the log.
	sealed := make(chan struct{})
	f.mu.Lock()
	f.late = func(string) { <-sealed }
	f.mute = true // no more signs of life
	f.mu.Unlock()
	answer := make(chan error, 1)
	go func() { answer <- d.write(2, 200) }()
	cb := conf(st)
	path, took := follow(t, cb)
	got := <-took
	close(sealed)
	if err := <-answer; !errors.Is(err, ErrFenced) && !errors.Is(err, ErrUnshipped) {
		t.Errorf("the write of the fenced server = %v", err)
	}
	if err := <-lost; !errors.Is(err, ErrFenced) {
		t.Errorf("it was told %v", err)
	}
	if err := d.write(2, 201); !errors.Is(err, ErrFenced) {
		t.Errorf("a later write = %v", err)
	}
	have, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(have, want) || got.Lease.Gen != 2 {
		t.Errorf("the standby has another database, generation %d", got.Lease.Gen)
	}
	must(t, d.ship.Close(time.Second))
	if _, err := Acquire(context.Background(), cb, Owner{Instance: "a", After: 1}); !errors.Is(err, ErrStale) {
		t.Errorf("the old folder comes back: %v", err)
	}
}

// TestAReleasedLeaseIsTakenAtOnce: a clean stop hands over without a wait.
func TestAReleasedLeaseIsTakenAtOnce(t *testing.T) {
	t.Parallel()
	st := store(t)
	c := conf(st)
	c.Lease = time.Minute
	d := serve(t, c, Owner{Instance: "a"})
	path, took := follow(t, c)
	must(t, d.write(4, 44))
	must(t, d.ship.Close(5*time.Second))
	<-took
	have, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(have, bytes.Join(d.pages, nil)) {
		t.Error("the standby has another database")
	}
}

// TestASilentLeaseEndsByItself: without Sync, too, a server whose lease is over answers
// nothing, before anybody else can have it.
func TestASilentLeaseEndsByItself(t *testing.T) {
	t.Parallel()
	f := &faulty{Creator: store(t)}
	c := conf(f)
	c.Fence = true
	d := serve(t, c, Owner{Instance: "a"})
	must(t, d.write(1, 2))
	f.mu.Lock()
	f.mute = true
	f.mu.Unlock()
	<-time.After(c.Lease + 50*time.Millisecond)
	if err := d.write(1, 3); !errors.Is(err, ErrFenced) {
		t.Errorf("a write without a lease = %v", err)
	}
	_ = d.ship.Close(time.Second) // its last sign of life fails, too
}
