package blobtest

import (
	"errors"
	"strconv"
	"sync"

	"github.com/plinth-dev/plinth/internal/blob"
)

// create is for drivers that can; a decorator need not.
func (s *suite) create() {
	c, ok := s.s.(blob.Creator)
	if !ok {
		return
	}
	const many = 16
	var wg sync.WaitGroup
	errs := make([]error, many)
	for i := range many {
		wg.Go(func() { errs[i] = c.Create(s.ctx, "one", []byte(strconv.Itoa(i))) })
	}
	wg.Wait()
	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner < 0:
			winner = i
		case err == nil:
			s.t.Errorf("%d and %d both created the key", winner, i)
		case !errors.Is(err, blob.ErrExists):
			s.t.Errorf("Create: %v", err)
		}
	}
	s.want("one", strconv.Itoa(winner))
	if err := c.Create(s.ctx, "one", []byte("late")); !errors.Is(err, blob.ErrExists) {
		s.t.Errorf("Create over a blob = %v", err)
	}
	s.want("one", strconv.Itoa(winner))
}
