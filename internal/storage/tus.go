package storage

import "context"

func (s *Service) expire(context.Context) error { return nil }
