package db

import "sync"

// bells tell goroutines of this process that a transaction has committed. They carry
// no data and may be lost with the process: whoever listens also looks by itself.
type bells struct {
	mu   sync.Mutex
	next int
	on   map[string]map[int]chan struct{}
}

// Listen returns a channel that gets a value after transactions that rang name, and a
// func that ends listening. Several rings may be one value.
func (d *DB) Listen(name string) (rung <-chan struct{}, stop func()) {
	b := &d.bells
	ch := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.on == nil {
		b.on = map[string]map[int]chan struct{}{}
	}
	if b.on[name] == nil {
		b.on[name] = map[int]chan struct{}{}
	}
	b.next++
	id := b.next
	b.on[name][id] = ch
	return ch, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.on[name], id)
	}
}

func (b *bells) ring(names []string) {
	if len(names) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, name := range names {
		for _, ch := range b.on[name] {
			select {
			case ch <- struct{}{}:
			default:
			}
		}
	}
}

// Ring wakes the listeners of name when the transaction has committed.
func (t *Tx) Ring(name string) {
	if t.rung != nil {
		*t.rung = append(*t.rung, name)
	}
}
