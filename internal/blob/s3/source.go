package s3

import (
	"context"
	"errors"
	"io"
	"sync"
)

// readerError marks an error of the reader that a put was given, which is not the
// service's fault.
type readerError struct{ error }

func (e readerError) Unwrap() error { return e.error }

var errShut = errors.New("s3: the request is over")

// source is a reader that a request may read. The HTTP library may go on reading a
// body after the request has failed, from a goroutine of its own; shut waits for it
// and lets no further read pass, so that the reader's owner has it for himself again.
type source struct {
	ctx  context.Context
	mu   sync.Mutex
	r    io.Reader
	err  error // of r, but for io.EOF
	n    int64 // bytes that were read
	eof  bool  // there are no more
	over bool
}

// Read reads on, or fails when the source is shut or its context ends.
func (s *source) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.over:
		return 0, errShut
	case s.err != nil:
		return 0, s.err
	case s.ctx.Err() != nil:
		return 0, s.ctx.Err()
	}
	n, err := s.r.Read(p)
	s.n += int64(n)
	s.eof = err == io.EOF
	if err != nil && err != io.EOF {
		s.err = readerError{err}
		err = s.err
	}
	return n, err
}

func (s *source) shut() {
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
}

// cause returns why a request over this source failed: the reader's own error, where
// it had one, else the request's.
func (s *source) cause(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	return err
}
