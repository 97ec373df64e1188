package backup

import "time"

// Stats tell how a Shipper is getting on, since it was started.
type Stats struct {
	Lag          time.Duration // age of the oldest commit that the store does not have; 0 for none
	Waiting      int           // bytes that wait
	Segments     uint64        // put into the store
	Bytes        uint64        // of these
	Failures     uint64        // attempts that the store refused, and snapshots that failed
	Gaps         uint64        // times that commits were given up, so that a snapshot had to follow
	LastSegment  time.Time     // zero for none yet
	LastSnapshot time.Time     // zero for none yet

	oldest time.Time // when the oldest commit came of those that are on their way
}

// Stats tells how shipping is getting on.
func (s *Shipper) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.told
	out.Waiting = s.bytes
	for i := 0; out.oldest.IsZero() && i < len(s.queue); i++ {
		out.oldest = s.queue[i].came
	}
	if !out.oldest.IsZero() {
		out.Lag = time.Since(out.oldest)
	}
	return out
}

func (s *Shipper) failed() {
	s.mu.Lock()
	s.told.Failures++
	s.mu.Unlock()
}
