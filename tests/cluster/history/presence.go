package history

import (
	"maps"
	"slices"
	"strconv"
)

// Roll is who is present, as one client was told: the name of each entry by its own
// reference.
type Roll map[string]string

// Presence is something that a client was told of who is present.
type Presence struct {
	State         Roll // all of them, where it is not nil
	Joins, Leaves Roll
}

// Apply brings the roll up to date and returns what cannot be true: somebody came who was
// there, or left who was not.
func (r Roll) Apply(p Presence) (odd []string) {
	if p.State != nil {
		clear(r)
		maps.Copy(r, p.State)
		return nil
	}
	for _, ref := range slices.Sorted(maps.Keys(p.Leaves)) {
		if _, there := r[ref]; !there {
			odd = append(odd, p.Leaves[ref]+" left and was not there")
		}
		delete(r, ref)
	}
	for _, ref := range slices.Sorted(maps.Keys(p.Joins)) {
		if _, there := r[ref]; there {
			odd = append(odd, p.Joins[ref]+" came and was there")
		}
		r[ref] = p.Joins[ref]
	}
	return odd
}

// Names are those on the roll; who is on it several times has a number behind the name.
func (r Roll) Names() Set {
	times := map[string]int{}
	for _, name := range r {
		times[name]++
	}
	out := Set{}
	for name, n := range times {
		if n > 1 {
			name += " " + strconv.Itoa(n) + " times"
		}
		out[name] = true
	}
	return out
}

// Gathering is a moment at which presence was to have converged.
type Gathering struct {
	When string
	Want map[string]Set // by watcher
	Saw  map[string]Set
}

// Heard adds what a client was told of presence.
func (h *History) Heard(client string, p Presence) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.Presence == nil {
		h.Presence = map[string][]Presence{}
	}
	h.Presence[client] = append(h.Presence[client], p)
}

// Gathered adds a moment.
func (h *History) Gathered(g Gathering) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Gatherings = append(h.Gatherings, g)
}

// presence: nobody comes twice or leaves twice, and at each gathering everybody sees
// those who are there.
func (c *check) presence(h *History) {
	for _, name := range slices.Sorted(maps.Keys(h.Presence)) {
		roll := Roll{}
		for _, p := range h.Presence[name] {
			for _, odd := range roll.Apply(p) {
				c.say("%s was told that %s", name, odd)
			}
		}
	}
	for _, g := range h.Gatherings {
		for _, name := range slices.Sorted(maps.Keys(g.Want)) {
			if !maps.Equal(g.Saw[name], g.Want[name]) {
				c.say("%s: %s sees %v present, and %v are", g.When, name, keys(g.Saw[name]), keys(g.Want[name]))
			}
		}
	}
}
