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
	young, old map[string]*compiled
}

// compiled is a plan with what the handler must know of its shape.
type compiled struct {
	*sqlgen.Plan
	params int // of the query string that it was compiled from
}

// generation is the number of plans that a generation holds; a shape longer than
// maxShape is compiled every time.
const (
	generation = 2048
	maxShape   = 4096
)

func (c *planCache) get(key []byte) *compiled {
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

func (c *planCache) put(key []byte, p *compiled) {
	if len(key) > maxShape {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil {
		c.young = make(map[string]*compiled)
	}
	if len(c.young) >= generation {
		c.old, c.young = c.young, make(map[string]*compiled)
	}
	c.young[string(key)] = p
}

// plan returns the plan for a key, compiling it where there is none.
func (st *state) plan(key []byte, ps []query.Param, compile func(*query.Request) (*sqlgen.Plan, error)) (*compiled, error) {
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
	c := &compiled{Plan: p, params: len(ps)}
	st.plans.put(key, c)
	return c, nil
}
