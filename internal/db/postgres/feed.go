package postgres

import "sync"

// feed wakes those who wait for changes, after each commit.
type feed struct {
	mu      sync.Mutex
	next    chan struct{}
	waiting bool
	closed  bool
}

func newFeed() *feed { return &feed{next: make(chan struct{})} }

// wait returns a channel that is closed at the next commit, or at the end.
func (f *feed) wait() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting = true
	return f.next
}

func (f *feed) wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.waiting && !f.closed {
		close(f.next)
		f.next, f.waiting = make(chan struct{}), false
	}
}

// Wake has those who wait for changes look for them: another node numbered some.
func (d *Driver) Wake() { d.feed.wake() }

func (f *feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.closed = true
		close(f.next)
	}
}

func (f *feed) over() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}
