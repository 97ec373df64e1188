package exec

import (
	"sync"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db/sqlite/plan"
)

// Cache holds what was compiled against one version of the catalogue: tables, and
// plans of subqueries met in memory. A new version has a new Cache. It is safe for
// concurrent use.
type Cache struct {
	mu        sync.RWMutex
	relations map[*catalog.Table]*relation
	subs      map[*bind.Sub]*plan.Plan
	Stmts     sync.Map // of package trigger: statements of function bodies
	domains   sync.Map // their rules, by the type's name
	ruled     sync.Once
	rules     bool // there are domains with rules
}

// NewCache returns an empty cache.
func NewCache() *Cache {
	return &Cache{relations: map[*catalog.Table]*relation{}, subs: map[*bind.Sub]*plan.Plan{}}
}

func (c *Cache) relation(cat *catalog.Catalog, t *catalog.Table) (*relation, error) {
	c.mu.RLock()
	r := c.relations[t]
	c.mu.RUnlock()
	if r != nil {
		return r, nil
	}
	r, err := newRelation(cat, t)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if had := c.relations[t]; had != nil {
		return had, nil
	}
	c.relations[t] = r
	return r, nil
}

// subplan returns the plan that computes s as a scalar.
func (c *Cache) subplan(s *bind.Sub, compile func(*bind.Query) (*plan.Plan, error)) (*plan.Plan, error) {
	c.mu.RLock()
	p := c.subs[s]
	c.mu.RUnlock()
	if p != nil {
		return p, nil
	}
	p, err := compile(scalar(s))
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.subs[s] = p
	c.mu.Unlock()
	return p, nil
}
