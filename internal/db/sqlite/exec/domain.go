package exec

import (
	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/value"
)

// ruledDomains reports whether a catalogue has domains with rules.
func (c *Cache) ruledDomains(cat *catalog.Catalog) bool {
	c.ruled.Do(func() {
		for _, s := range cat.Schemas {
			for _, u := range s.Types {
				c.rules = c.rules || u.Type.Kind == value.Domain && cat.Constrained(u.Type)
			}
		}
	})
	return c.rules
}

// holds asks the rules of a domain about a value, as a cast to it does.
func (a *Actor) holds(t *value.Type, v value.Value) error {
	d, err := a.Tx.Cache.domain(a.Tx.Catalog, t)
	if err != nil || d == nil {
		return err
	}
	r := &run{a: a, rows: map[*bind.Rel][]value.Value{}}
	r.ec = r.eval()
	return r.domain(d, v)
}

func (c *Cache) domain(cat *catalog.Catalog, t *value.Type) (*domain, error) {
	key := t.Schema + "." + t.Name
	if d, ok := c.domains.Load(key); ok {
		return d.(*domain), nil
	}
	b := relationBinder{cat: cat, cfg: &bind.Config{Catalog: cat, SearchPath: []string{"public", "extensions"}}}
	d := b.domain(t)
	if b.err == nil {
		c.domains.Store(key, d)
	}
	return d, b.err
}
