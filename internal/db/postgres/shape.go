package postgres

import (
	"sync"

	"github.com/plinth-dev/plinth/internal/db/postgres/codec"
)

// shapes remembers what the server said about statements, where a pooler lets no
// prepared statement live.
type shapes struct {
	mu  sync.Mutex
	all map[stmtKey]*stmt
}

const maxShapes = 5000

func newShapes() *shapes { return &shapes{all: map[stmtKey]*stmt{}} }

func (s *shapes) get(key stmtKey, types *codec.Types) *stmt {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := s.all[key]; st != nil && st.types == types {
		return st
	}
	return nil
}

func (s *shapes) put(st *stmt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) >= maxShapes {
		clear(s.all)
	}
	s.all[st.key] = st
}
