package rest

import (
	"sync"

	"github.com/plinth-dev/plinth/internal/rest/query"
	"github.com/plinth-dev/plinth/internal/rest/sqlgen"
)

// planCache keeps compiled plans by shape, in two generations: what was not used
// while the young one filled is forgotten.
type planCache struct {
	mu         sync.RWMutex
	young, old map[string]*sqlgen.Plan
}

// generation is the number of plans that a generation holds; a shape longer than
// maxShape is compiled every time.
const (
	generation = 2048
	maxShape   = 4096
)

func (c *planCache) get(key []byte) *sqlgen.Plan {
	c.mu.RLock()
	p := c.young[string(key)]
	if p != nil {
		c.mu.RUnlock()
		return p
	}
	p = c.old[string(key)]
	c.mu.RUnlock()
	if p != nil {
		c.put(key, p)
	}
	return p
}

func (c *planCache) put(key []byte, p *sqlgen.Plan) {
	if len(key) > maxShape {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil {
		c.young = make(map[string]*sqlgen.Plan)
	}
	if len(c.young) >= generation {
		c.old, c.young = c.young, make(map[string]*sqlgen.Plan)
	}
	c.young[string(key)] = p
}

// plan returns the plan for a key, compiling it where there is none.
func (st *state) plan(key []byte, ps []query.Param, compile func(*query.Request) (*sqlgen.Plan, error)) (*sqlgen.Plan, error) {
	if p := st.plans.get(key); p != nil {
		return p, nil
	}
	req, err := query.Parse(ps)
	if err != nil {
		return nil, err
	}
	p, err := compile(req)
	if err != nil {
		return nil, err
	}
	st.plans.put(key, p)
	return p, nil
}
