package textsearch

import (
	"sync"

	"github.com/plinth-dev/plinth/internal/value/tsearch"
)

// Queries remembers queries that were read: a statement asks the same one about every
// row. It is a memo: what it returns depends on its argument alone.
type Queries struct {
	mu   sync.RWMutex
	memo map[string]*tsearch.Node
}

// maxQueries bounds the memo, and maxQuery the text of one in it; a full one starts over.
const (
	maxQueries = 256
	maxQuery   = 4096
)

// NewQueries returns an empty memo.
func NewQueries() *Queries { return &Queries{memo: map[string]*tsearch.Node{}} }

// parse reads a query; nil is an empty one. The tree must not be changed.
func (q *Queries) parse(text string) (*tsearch.Node, error) {
	q.mu.RLock()
	n, ok := q.memo[text]
	q.mu.RUnlock()
	if ok {
		return n, nil
	}
	n, err := tsearch.ParseQuery(text)
	if err != nil || len(text) > maxQuery {
		return n, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.memo) >= maxQueries {
		clear(q.memo)
	}
	q.memo[text] = n
	return n, nil
}
