package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// connect opens n sockets, several at a time; join may be nil.
func connect(ctx context.Context, addr string, from, n int, join func(i int, s *socket) error) ([]*socket, error) {
	list := make([]*socket, n)
	var mu sync.Mutex
	var errs []error
	var work sync.WaitGroup
	next := make(chan int)
	for range 16 {
		work.Go(func() {
			for i := range next {
				s, err := dial(addr, from+i, "")
				if err == nil {
					err = join(from+i, s)
				}
				mu.Lock()
				if list[i] = s; err != nil {
					errs = append(errs, err)
				}
				mu.Unlock()
			}
		})
	}
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
			errs = append(errs, ctx.Err())
		}
		if ctx.Err() != nil {
			break
		}
	}
	close(next)
	work.Wait()
	return list, errors.Join(errs...)
}

func closeAll(list []*socket) {
	for _, s := range list {
		if s != nil {
			_ = s.nc.Close()
		}
	}
}

// delays are times that messages took.
type delays struct {
	mu   sync.Mutex
	list []time.Duration
}

func (d *delays) add(more ...time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.list = append(d.list, more...)
}

func (d *delays) at(q float64) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.list) == 0 {
		return 0
	}
	slices.Sort(d.list)
	return d.list[min(int(q*float64(len(d.list))), len(d.list)-1)].Round(10 * time.Microsecond)
}
