package sqlite

import (
	"container/list"
	"sync"

	"github.com/plinth-dev/plinth/internal/db/sqlite/exec"
)

// stmtKey is all that a compiled statement depends on.
type stmtKey struct {
	version uint64 // of the catalogue
	role    string
	path    string // search path as given
	sql     string
}

// stmtCache keeps compiled statements, the least recently used are dropped.
type stmtCache struct {
	mu    sync.Mutex
	limit int
	m     map[stmtKey]*list.Element
	order list.List
}

type stmtEntry struct {
	key  stmtKey
	stmt *exec.Prepared
	verb string // INSERT …, "" for a query
}

func newStmtCache(limit int) *stmtCache {
	return &stmtCache{limit: limit, m: make(map[stmtKey]*list.Element)}
}

func (c *stmtCache) get(k stmtKey) *stmtEntry {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.m[k]
	if e == nil {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*stmtEntry)
}

func (c *stmtCache) put(k stmtKey, s *exec.Prepared, verb string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m[k] != nil {
		return // compiled twice at once; both are right
	}
	c.m[k] = c.order.PushFront(&stmtEntry{k, s, verb})
	if c.order.Len() > c.limit {
		last := c.order.Back()
		delete(c.m, c.order.Remove(last).(*stmtEntry).key)
	}
}
